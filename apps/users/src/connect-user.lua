-- Notes a connection of a user.
--
-- KEYS[1] gateway: set of the gateway's connections
-- KEYS[2] online: hash, user UUID → number of connections
-- KEYS[3] leases: sorted set, gateway id by the end of its lease
-- ARGV[1] gatewayId: whose connection it is
-- ARGV[2] connection: <userUUID>:<connectionId>
-- ARGV[3] userUUID: who is connected
-- ARGV[4] leaseMs: how long the lease runs when the gateway has none yet
-- Returns: 1 when this is the user's only connection, 0 when there are others
-- Invariant: the count of a user is the number of their connections in the sets of all gateways, and every such set hangs on a lease
local gateway = KEYS[1]
local online = KEYS[2]
local leases = KEYS[3]
local gatewayId = ARGV[1]
local connection = ARGV[2]
local userUUID = ARGV[3]
local leaseMs = tonumber(ARGV[4])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', leases, 'NX', string.format('%.0f', now + leaseMs), gatewayId)

-- A repeated request is answered by what is, not by what it changed: its first answer may have been lost.
local count
if redis.call('SADD', gateway, connection) == 1 then
  count = redis.call('HINCRBY', online, userUUID, 1)
else
  count = tonumber(redis.call('HGET', online, userUUID))
end
return count == 1 and 1 or 0
