-- Says for how long many slots have been used in place of one.
--
-- KEYS[1] manyFrom: when they are used from, in milliseconds
-- ARGV[1] delayMs: in how many milliseconds that is if nothing is noted yet; 0 to note nothing
-- Returns: the milliseconds since then, negative before, nil if nothing is noted, for want of room too
-- Invariant: once noted, the moment never changes
local manyFrom = KEYS[1]
local delayMs = tonumber(ARGV[1])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local from = tonumber(redis.call('GET', manyFrom))
if not from and delayMs > 0 then
  local noted = redis.pcall('SET', manyFrom, string.format('%.0f', now + delayMs))
  -- A full Redis stays readable: the one slot is used until there is room.
  if noted.err and not string.find(noted.err, '^OOM') then return noted end
  if not noted.err then from = now + delayMs end
end
return from and now - from or false
