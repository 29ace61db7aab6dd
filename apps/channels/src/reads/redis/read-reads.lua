-- Says how far the members of small channels have read. What many channels need is done once for all; each fails alone. On a Cluster
-- all of them lie in one slot.
--
-- Prelude: ../../redis/log-read.lua
-- KEYS[1..] channels: for each meta (hash of the channel), reads (hash of the positions, of a channel that is not private) and users (hash of the joined users' numbers of connections)
-- Returns: for each REFUSED and Redis's error, NONE for a channel that does not show it, or READS and then the UUID and Seq of each member who has read. A member who is joined has read everything
-- Invariant: of a channel, no more positions are read than it has members
local KEYS_OF_ONE = 3

local function membersOf(meta, kind, a, b)
  if kind == 'private' then return a == b and { a } or { a, b } end
  return redis.call('HKEYS', siblingKey(meta, 'members'))
end

local function readsOf(meta, reads, users)
  local kind, count, a, b, newest = unpack(redis.call('HMGET', meta, 'kind', 'members', 'a', 'b', 'seq'))
  if not isReadShown(kind, count) then return { 'NONE' } end
  local reply, members = { 'READS' }, membersOf(meta, kind, a, b)
  if #members == 0 then return reply end
  local fields = {}
  for place, member in ipairs(members) do fields[place] = readField(kind, member) end
  local positions = redis.call('HMGET', kind == 'private' and meta or reads, unpack(fields))
  local joined = redis.call('HMGET', users, unpack(members))
  for place, member in ipairs(members) do
    local seq = joined[place] and newest or string.match(positions[place] or '', '^%d+')
    if seq and seq ~= '0' then reply[#reply + 1], reply[#reply + 2] = member, seq end
  end
  return reply
end

local states = {}
for key = 1, #KEYS, KEYS_OF_ONE do
  local done, state = pcall(readsOf, KEYS[key], KEYS[key + 1], KEYS[key + 2])
  if not done then state = { 'REFUSED', faultText(state) } end
  table.insert(states, state)
end
return states
