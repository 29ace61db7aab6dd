-- Forgets a connection of a user.
--
-- KEYS[1] gateway: set of the gateway's connections
-- KEYS[2] online: hash, user UUID → number of connections
-- ARGV[1] connection: <userUUID>:<connectionId>
-- ARGV[2] userUUID: who was connected
-- Returns: 1 when the user has no connection, 0 when there are others
-- Invariant: the count of a user is the number of their connections in the sets of all gateways; a user without any has no field
local gateway = KEYS[1]
local online = KEYS[2]
local connection = ARGV[1]
local userUUID = ARGV[2]

-- A repeated request is answered by what is, not by what it changed: its first answer may have been lost.
-- Removing comes before counting: a full Redis refuses a script at its first command that may add, and not later.
if redis.call('SREM', gateway, connection) == 0 then
  return 1 - redis.call('HEXISTS', online, userUUID)
end
if redis.call('HINCRBY', online, userUUID, -1) > 0 then
  return 0
end
redis.call('HDEL', online, userUUID)
return 1
