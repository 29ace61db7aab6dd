-- Makes a gateway's lease run anew.
--
-- KEYS[1] leases: sorted set, gateway id by the end of its lease
-- KEYS[2] renewed: set of the gateways that have renewed before
-- ARGV[1] gatewayId: whose lease it is
-- ARGV[2] leaseMs: how long it runs from now
-- Returns: 1 when the gateway had renewed it before, 0 when this is the first time since the lease was made
-- Invariant: a gateway that was cleaned up after is told so, even when a connection of it has made a new lease meanwhile
local leases = KEYS[1]
local renewed = KEYS[2]
local gatewayId = ARGV[1]
local leaseMs = tonumber(ARGV[2])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', leases, string.format('%.0f', now + leaseMs), gatewayId)
return 1 - redis.call('SADD', renewed, gatewayId)
