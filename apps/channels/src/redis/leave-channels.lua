-- Removes connections from channels and tells the members of each that was joined. Who leaves has read what was there. On a Cluster all the channels lie in
-- one slot.
--
-- Prelude: joined.lua
-- KEYS[1..] channels: for each leave joined (hash of the connections that the gateway has joined here), users (hash of the joined users' numbers of connections) and meta (hash of the channel)
-- ARGV[1] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[2..] leaves: for each the SUUID of the connection, the JSON that tells the members (`connections` is added to it), the pub/sub channel of the frames, the order of its delivery, the entry of the only join that it undoes (empty for any that is not later)
-- Returns: for each Redis's error, or the number of connections that the gateway still has here, the number of the user's connections that are still joined, on any gateway (-1 if the connection was not joined), and, where one of them left a private channel or a group as a member, its epoch, its newest Seq and the number of messages up to it (empty otherwise)
-- Invariant: a connection is counted out once, and the members are told once, however often it leaves; a leave undoes no later join
local publish = ARGV[1]
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE = 2, 3, 5

local function isUndone(entry, order, only)
  if only ~= '' then return entry == only end
  local _, _, joinOrder = readEntry(entry)
  return joinOrder <= tonumber(order)
end

local function leave(joined, users, meta, connection, frame, frames, order, only)
  local epoch, seq, number
  local entry = redis.call('HGET', joined, connection)
  local others = -1
  if entry and isUndone(entry, order, only) then
    -- The deletion comes first: a full Redis allows it, and then everything else that the script does.
    redis.call('HDEL', joined, connection)
    others = countOut(users, (readEntry(entry)))
    local told = withConnections(frame, others)
    told = frameHead(0, 0, #told) .. told
    local user, known = readEntry(entry), redis.call('HMGET', meta, 'epoch', 'seq', 'a', 'changes', 'kind', 'members')
    local read = numberAt(known[2], known[4])
    local moved, isReader = readOnLeaving(meta, known[5], user, known[2], read)
    if moved and isReadShown(known[5], known[6]) then told = told .. readNotice(meta, user, known[2]) end
    redis.call(publish, frames, told)
    if known[3] or known[5] == 'group' and isReader then epoch, seq, number = known[1], known[2], read end
  end
  return { redis.call('HLEN', joined), others, epoch or '', seq or '', number or '' }
end

local outcomes = {}
local key = 1
for at = FIRST, #ARGV, ARGS_OF_ONE do
  local done, left = pcall(leave, KEYS[key], KEYS[key + 1], KEYS[key + 2], unpack(ARGV, at, at + ARGS_OF_ONE - 1))
  table.insert(outcomes, done and left or faultText(left))
  key = key + KEYS_OF_ONE
end
return outcomes
