-- Forgets connections of one gateway.
--
-- KEYS[1] gateway: set of the gateway's connections
-- KEYS[2] online: hash, user UUID → number of connections
-- KEYS[3] told: stream of who came online and went offline
-- ARGV[1] keepTold: number of entries of `told` that stay, about; 0 if nobody is told
-- ARGV[2..] connections: for each <userUUID>:<connectionId>, and the user's UUID
-- Returns: for each connection 1 if its user has none left, 0 if there are others
-- Invariant: a user's count is the number of the user's connections in the sets of all gateways; a user without any has no field; who goes offline is noted in that step
local gateway = KEYS[1]
local online = KEYS[2]
local told = KEYS[3]
local keepTold = ARGV[1]
local FIRST, FIELDS = 2, 2

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
  if keepTold ~= '0' then
    redis.call('XADD', told, 'MAXLEN', '~', keepTold, '*', 't', 'user.offline', 'u', userUUID)
  end
  return 1
end

local gone = {}
for at = FIRST, #ARGV, FIELDS do
  table.insert(gone, isGone(ARGV[at], ARGV[at + 1]))
end
return gone
