-- Takes the texts, names and reactions of one user out of what is kept beside the log of a channel: the tombstones with the messages
-- among them, or what has changed of single messages. Goes through a part of it.
--
-- Prelude: purged-message.lua
-- KEYS[1] meta: hash of the channel
-- ARGV[1] what: gone or changed
-- ARGV[2] whose: UUID of the user
-- ARGV[3] after: Seq of the last message that was looked at, 0 to begin
-- ARGV[4] most: number of messages to look at, at most
-- ARGV[5] deletedAt: time that a message says it was deleted at
-- Returns: Seq of the last message that was looked at, -1 at the end
-- Invariant: every message stays in its place
local meta = KEYS[1]
local what = ARGV[1]
local whose = ARGV[2]
local after = ARGV[3]
local most = tonumber(ARGV[4])
local deletedAt = ARGV[5]
local DONE = -1

local place = siblingKey(meta, what)

local function lookAtMessage(json, seq)
  local tombstone = tombstoneOf(json, whose, deletedAt)
  local remains = tombstone or withoutName(json, whose)
  if remains == json then return end
  redis.call('ZREM', place, json)
  redis.call('ZADD', place, seq, remains)
  if not tombstone then return end
  redis.call('UNLINK', stateKey(meta, seq))
  redis.call('ZREM', siblingKey(meta, 'changed'), seq)
end

-- Removes the user's reactions, and counts the others again.
local function lookAtState(seq)
  local key = stateKey(meta, seq)
  local text, kinds = unpack(redis.call('HMGET', key, 'text', 'kinds'))
  if text then redis.call('HSET', key, 'text', withoutName(text, whose)) end
  local lines = {}
  for count, kind in string.gmatch(kinds or '', '(%d+) ([^\n]+)') do
    local left = count - redis.call('HDEL', key, whose .. ' ' .. kind)
    if left > 0 then lines[#lines + 1] = string.format('%d ', left) .. kind end
  end
  if kinds then redis.call('HSET', key, 'kinds', table.concat(lines, '\n')) end
end

-- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else. A purge makes room.
redis.call('HDEL', meta, '')
local found = redis.call('ZRANGEBYSCORE', place, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
for at = 1, #found, 2 do
  if what == 'gone' then lookAtMessage(found[at], found[at + 1]) else lookAtState(found[at]) end
end
return #found == 2 * most and tonumber(found[#found]) or DONE
