-- Says for how long many slots have been used in place of one.
--
-- KEYS[1] manyFrom: when they are used from, in milliseconds
-- ARGV[1] delayMs: in how many milliseconds that is if nothing is noted yet; 0 to note nothing
-- Returns: the milliseconds since then, negative before, nil if nothing is noted
-- Invariant: once noted, the moment never changes
local manyFrom = KEYS[1]
local delayMs = tonumber(ARGV[1])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local from = tonumber(redis.call('GET', manyFrom))
if not from and delayMs > 0 then
  from = now + delayMs
  redis.call('SET', manyFrom, string.format('%.0f', from))
end
return from and now - from or false
