-- Turns a reserved guess into a failure, or gives it back.
--
-- KEYS[1] failures: sorted set of failed attempts by their time
-- KEYS[2] pending: sorted set of pending attempts by the end of their reservation
-- ARGV[1] attemptId: names the guess
-- ARGV[2] failed: 1 if the password was wrong
-- ARGV[3] windowMs: how long a failure counts
-- Returns: nothing
-- Invariant: a guess is never both pending and a failure; only wrong passwords become failures
local failures = KEYS[1]
local pending = KEYS[2]
local attemptId = ARGV[1]
local failed = ARGV[2] == '1'
local windowMs = tonumber(ARGV[3])

redis.call('ZREM', pending, attemptId)
if failed then
  local time = redis.call('TIME')
  local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('ZADD', failures, now, attemptId)
  redis.call('PEXPIRE', failures, windowMs)
end
