-- Claims the clean-up after a gateway: begins it, or continues one that was abandoned.
--
-- KEYS[1] leases: sorted set, gateway id by the end of its lease
-- KEYS[2] renewed: set of the gateways that have renewed their lease
-- KEYS[3] endings: sorted set, gateway id by the end of the claim to clean up after it
-- KEYS[4] gateway: set of the gateway's connections
-- KEYS[5] ending: set of those of its connections that are still counted
-- ARGV[1] gatewayId: which gateway
-- ARGV[2] claimMs: how long the claim runs
-- ARGV[3] givenUp: 1 if the gateway gives its lease up, which ends it early
-- Returns: 1 if the caller has the claim, 0 if another has it or the gateway is alive
-- Invariant: one replica at a time cleans up; what the gateway notes from now on depends on a new lease
local leases = KEYS[1]
local renewed = KEYS[2]
local endings = KEYS[3]
local gateway = KEYS[4]
local ending = KEYS[5]
local gatewayId = ARGV[1]
local claimMs = tonumber(ARGV[2])
local givenUp = ARGV[3] == '1'

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local claimEnd = string.format('%.0f', now + claimMs)

local claimed = redis.call('ZSCORE', endings, gatewayId)
if claimed then
  if tonumber(claimed) > now then
    return 0
  end
  redis.call('ZADD', endings, claimEnd, gatewayId)
  return 1
end

local lease = redis.call('ZSCORE', leases, gatewayId)
if not lease or (tonumber(lease) > now and not givenUp) then
  return 0
end
redis.call('ZREM', leases, gatewayId)
redis.call('SREM', renewed, gatewayId)
if redis.call('EXISTS', gateway) == 1 then
  redis.call('RENAME', gateway, ending)
end
redis.call('ZADD', endings, claimEnd, gatewayId)
return 1
