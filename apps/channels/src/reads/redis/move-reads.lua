-- Moves users' positions in channels to where they have read, never back, and tells the members of small channels. What many need is
-- done once for all; each fails alone, and is done on a full Redis too. On a Cluster all the channels lie in one slot.
--
-- Prelude: ../../redis/log-read.lua
-- KEYS[1..] channels: for each position meta (hash of the channel) and users (hash of the joined users' numbers of connections)
-- ARGV[1] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[2..] positions: for each the UUID of the user, the Seq up to which the user has read, which may be beyond the newest, the pub/sub channel of the frames
-- Returns: for each Redis's error, FORBIDDEN where the user is no member of a group, or the channel's epoch (empty where it has none), Seq of the position now, number of messages up to it, number of messages after it (0 while the user is joined), 1 when the position has moved and 0 otherwise
-- Invariant: a position never goes back, and is never beyond the newest entry
local publish = ARGV[1]
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE = 2, 2, 3

local function move(meta, users, user, asked, frames)
  local epoch, newest, changes, kind, members = unpack(redis.call('HMGET', meta, 'epoch', 'seq', 'changes', 'kind', 'members'))
  if kind == 'group' and redis.call('HEXISTS', siblingKey(meta, 'members'), user) == 0 then return 'FORBIDDEN' end
  local seq = math.min(tonumber(asked), tonumber(newest or 0))
  -- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else.
  redis.call('HDEL', meta, '')
  local moved = moveRead(meta, kind, user, seq, seq - (changes and changesUpTo(meta, seq) or 0))
  if moved and isReadShown(kind, members) then redis.call(publish, frames, readNotice(meta, user, seq)) end
  local now, number = readBy(meta, kind, user)
  local unread = math.max(0, (newest or 0) - (changes or 0) - number)
  if unread > 0 and redis.call('HEXISTS', users, user) == 1 then unread = 0 end
  return { epoch or '', seqText(now), seqText(number), seqText(unread), moved and 1 or 0 }
end

local moves = {}
local key = 1
for at = FIRST, #ARGV, ARGS_OF_ONE do
  local done, outcome = pcall(move, KEYS[key], KEYS[key + 1], unpack(ARGV, at, at + ARGS_OF_ONE - 1))
  table.insert(moves, done and outcome or faultText(outcome))
  key = key + KEYS_OF_ONE
end
return moves
