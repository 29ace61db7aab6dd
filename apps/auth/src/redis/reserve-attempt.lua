-- Reserves one guess at a password.
--
-- KEYS[1] failures: sorted set of failed attempts by their time
-- KEYS[2] pending: sorted set of pending attempts by the end of their reservation
-- ARGV[1] attemptId: names the guess
-- ARGV[2] most: failures that are allowed within the window
-- ARGV[3] windowMs: how long a failure counts
-- ARGV[4] reservationMs: life of a reservation that is never settled
-- Returns: 0 if it is reserved, -1 if pending guesses have to be settled first, else milliseconds until one is free
-- Invariant: failures and pending guesses together never exceed the bound, so that parallel guessing gains nothing
local failures = KEYS[1]
local pending = KEYS[2]
local attemptId = ARGV[1]
local most = tonumber(ARGV[2])
local windowMs = tonumber(ARGV[3])
local reservationMs = tonumber(ARGV[4])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', failures, '-inf', string.format('%.0f', now - windowMs))
redis.call('ZREMRANGEBYSCORE', pending, '-inf', string.format('%.0f', now))

local failed = redis.call('ZCARD', failures)
if failed >= most then
  local deciding = redis.call('ZRANGE', failures, -most, -most, 'WITHSCORES')
  return math.max(1, tonumber(deciding[2]) + windowMs - now)
end
if not redis.call('ZSCORE', pending, attemptId) and failed + redis.call('ZCARD', pending) >= most then
  return -1
end
redis.call('ZADD', pending, string.format('%.0f', now + reservationMs), attemptId)
redis.call('PEXPIRE', pending, reservationMs)
return 0
