-- Forgets connections of one gateway.
--
-- KEYS[1] gateway: set of the gateway's connections
-- KEYS[2] online: hash, user UUID → number of connections
-- ARGV[1..] connections: for each <userUUID>:<connectionId>, and the user's UUID
-- Returns: for each connection 1 if its user has none left, 0 if there are others
-- Invariant: a user's count is the number of the user's connections in the sets of all gateways; a user without any has no field
local gateway = KEYS[1]
local online = KEYS[2]
local FIRST, FIELDS = 1, 2

-- A repeated request gets the present state, not what it changed: the first reply may have been lost.
-- Removals come before counting: a full Redis stops a script only at its first command that may add.
local function isGone(connection, userUUID)
  if redis.call('SREM', gateway, connection) == 0 then
    return 1 - redis.call('HEXISTS', online, userUUID)
  end
  if redis.call('HINCRBY', online, userUUID, -1) > 0 then
    return 0
  end
  redis.call('HDEL', online, userUUID)
  return 1
end

local gone = {}
for at = FIRST, #ARGV, FIELDS do
  table.insert(gone, isGone(ARGV[at], ARGV[at + 1]))
end
return gone
