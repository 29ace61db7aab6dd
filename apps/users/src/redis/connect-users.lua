-- Notes connections of one gateway.
--
-- KEYS[1] gateway: set of the gateway's connections
-- KEYS[2] online: hash, user UUID → number of connections
-- KEYS[3] leases: sorted set, gateway id by the end of its lease
-- ARGV[1] gatewayId: whose connections they are
-- ARGV[2] leaseMs: how long the lease runs if the gateway has none yet
-- ARGV[3..] connections: for each <userUUID>:<connectionId>, and the user's UUID
-- Returns: for each connection 1 if it is its user's only one, 0 if there are others
-- Invariant: a user's count is the number of the user's connections in the sets of all gateways, and each such set depends on a lease
local gateway = KEYS[1]
local online = KEYS[2]
local leases = KEYS[3]
local gatewayId = ARGV[1]
local leaseMs = tonumber(ARGV[2])
local FIRST, FIELDS = 3, 2

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', leases, 'NX', string.format('%.0f', now + leaseMs), gatewayId)

-- A repeated request gets the present state, not what it changed: the first reply may have been lost.
local function countOf(connection, userUUID)
  if redis.call('SADD', gateway, connection) == 1 then return redis.call('HINCRBY', online, userUUID, 1) end
  return tonumber(redis.call('HGET', online, userUUID))
end

local onlys = {}
for at = FIRST, #ARGV, FIELDS do
  table.insert(onlys, countOf(ARGV[at], ARGV[at + 1]) == 1 and 1 or 0)
end
return onlys
