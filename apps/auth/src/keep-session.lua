-- Makes a living session live anew, unless it was made to a moment ago.
--
-- KEYS[1] sessions: sorted set of the user's session ids by their end
-- KEYS[2] name: string, the username
-- ARGV[1] sessionId: SHA-256 of the access key
-- ARGV[2] ttlMs: life of a session after its last use; one that has 99.9 % of it left is not written
-- Returns: the username, or nil when the session has ended
-- Invariant: what has ended stays ended
local sessions = KEYS[1]
local name = KEYS[2]
local sessionId = ARGV[1]
local ttlMs = tonumber(ARGV[2])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = redis.call('ZSCORE', sessions, sessionId)
if not ends or tonumber(ends) <= now then
  return false
end
if tonumber(ends) - now < 0.999 * ttlMs then
  redis.call('ZADD', sessions, string.format('%.0f', now + ttlMs), sessionId)
  redis.call('PEXPIRE', sessions, ttlMs)
  redis.call('PEXPIRE', name, ttlMs)
end
return redis.call('GET', name)
