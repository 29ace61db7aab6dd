-- Finds the gateways that no replica cleans up after, although their lease has run out or their clean-up was begun.
--
-- KEYS[1] leases: sorted set, gateway id by the end of its lease
-- KEYS[2] endings: sorted set, gateway id by the end of the claim to clean up after it
-- ARGV[1] most: the most of each kind
-- Returns: the ids, possibly the same one twice
-- Invariant: changes nothing; only begin-ending.lua claims a gateway
local leases = KEYS[1]
local endings = KEYS[2]
local most = ARGV[1]

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local found = redis.call('ZRANGEBYSCORE', endings, '-inf', now, 'LIMIT', 0, most)
for _, gatewayId in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, most)) do
  found[#found + 1] = gatewayId
end
return found
