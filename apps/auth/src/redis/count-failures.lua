-- Tells whether a subject has reached its bound of failed sign-ins.
--
-- KEYS[1] failures: sorted set of failed attempts by their time
-- ARGV[1] most: failures that are allowed within the window
-- ARGV[2] windowMs: how long a failure counts
-- Returns: milliseconds until one more guess is free, 0 if one is free now
-- Invariant: changes nothing
local failures = KEYS[1]
local most = tonumber(ARGV[1])
local windowMs = tonumber(ARGV[2])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- A guess is free when the oldest of the newest `most` failures no longer counts.
local deciding = redis.call('ZRANGE', failures, -most, -most, 'WITHSCORES')
if not deciding[2] then
  return 0
end
return math.max(0, tonumber(deciding[2]) + windowMs - now)
