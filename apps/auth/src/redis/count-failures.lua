-- Tells whether a subject has reached its bound of failed sign-ins.
--
-- KEYS[1] failures: sorted set of failed attempts by their time
-- ARGV[1] most: failures that are borne within the window
-- ARGV[2] windowMs: how long a failure counts
-- Returns: milliseconds until one more guess is free, 0 when one is free now
-- Invariant: changes nothing
local failures = KEYS[1]
local most = tonumber(ARGV[1])
local windowMs = tonumber(ARGV[2])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- The newest `most` failures: when the oldest of them counts no more, a guess is free.
local deciding = redis.call('ZRANGE', failures, -most, -most, 'WITHSCORES')
if not deciding[2] then
  return 0
end
return math.max(0, tonumber(deciding[2]) + windowMs - now)
