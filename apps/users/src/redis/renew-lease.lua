-- Renews a gateway's lease.
--
-- KEYS[1] leases: sorted set, gateway id by the end of its lease
-- KEYS[2] renewed: set of the gateways that have renewed before
-- ARGV[1] gatewayId: whose lease it is
-- ARGV[2] leaseMs: how long it runs from now
-- Returns: 1 if the gateway had renewed the lease before, 0 if this is the first renewal since the lease was created
-- Invariant: a gateway learns that it was cleaned up after, even if one of its connections has created a new lease meanwhile
local leases = KEYS[1]
local renewed = KEYS[2]
local gatewayId = ARGV[1]
local leaseMs = tonumber(ARGV[2])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', leases, string.format('%.0f', now + leaseMs), gatewayId)
return 1 - redis.call('SADD', renewed, gatewayId)
