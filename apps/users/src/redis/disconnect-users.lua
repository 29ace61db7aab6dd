-- Forgets connections of one gateway.
--
-- KEYS[1] gateway: set of the gateway's connections
-- KEYS[2] online: hash, user UUID → number of connections
-- ARGV[1..] connections: for each <userUUID>:<connectionId>, and the user's UUID
-- Returns: for each 1 when the user has no connection, 0 when there are others
-- Invariant: the count of a user is the number of their connections in the sets of all gateways; a user without any has no field
local gateway = KEYS[1]
local online = KEYS[2]
local FIRST, FIELDS = 1, 2

-- A repeated request is answered by what is, not by what it changed: its first answer may have been lost.
-- Removing comes before counting: a full Redis refuses a script at its first command that may add, and not later.
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
