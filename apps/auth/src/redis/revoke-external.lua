-- Notes that the tokens of a user of an identity provider are refused that were issued until now.
--
-- KEYS[1] external: hash, what is stored of the user of the identity provider
-- ARGV[1] lifeMs: how long that is kept if nothing else is; 0 means for good
-- Returns: nothing
-- Invariant: a later revocation refuses more, never less
local external = KEYS[1]
local lifeMs = tonumber(ARGV[1])

local time = redis.call('TIME')
redis.call('HSET', external, 'revokedAt', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
if lifeMs > 0 and redis.call('HEXISTS', external, 'userUUID') == 0 then
  redis.call('PEXPIRE', external, lifeMs)
end
