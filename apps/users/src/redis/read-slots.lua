-- Says since when presence has been in many slots, and how many users are still in the one that had all.
--
-- KEYS[1] manyFrom: when presence goes to many slots, in milliseconds
-- KEYS[2] online: hash of the one slot, user UUID → number of connections
-- ARGV[1] delayMs: in how many milliseconds it goes there if nothing is noted yet; 0 to note nothing
-- Returns: the milliseconds since then, negative before, nil if nothing is noted; the users in the one slot
-- Invariant: once noted, the moment never changes
local manyFrom = KEYS[1]
local online = KEYS[2]
local delayMs = tonumber(ARGV[1])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local from = tonumber(redis.call('GET', manyFrom))
if not from and delayMs > 0 then
  from = now + delayMs
  redis.call('SET', manyFrom, string.format('%.0f', from))
end
return { from and now - from or false, redis.call('HLEN', online) }
