-- Creates a session or renews it, and ends the user's oldest sessions beyond the bound.
--
-- KEYS[1] sessions: sorted set of the user's session ids by their end
-- KEYS[2] name: string, the username
-- KEYS[3] bars: hash, why nobody may sign in to the account
-- ARGV[1] sessionId: SHA-256 of the access key
-- ARGV[2] username: as displayed
-- ARGV[3] ttlMs: life of a session after its last use
-- ARGV[4] most: the most living sessions of one user
-- Returns: the ids of the sessions that ended to make room; a string that names the bar if the account is barred
-- Invariant: a barred account gets no session; a user never has more than `most` sessions, and the newest is one of them; a repeated request creates no second one
local sessions = KEYS[1]
local name = KEYS[2]
local bars = KEYS[3]
local sessionId = ARGV[1]
local username = ARGV[2]
local ttlMs = tonumber(ARGV[3])
local most = tonumber(ARGV[4])

for _, bar in ipairs({ 'deleted', 'banned', 'disabled' }) do
  if redis.call('HEXISTS', bars, bar) == 1 then
    return bar
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', sessions, '-inf', string.format('%.0f', now))

local ended = {}
if not redis.call('ZSCORE', sessions, sessionId) then
  local excess = redis.call('ZCARD', sessions) + 1 - most
  if excess > 0 then
    ended = redis.call('ZRANGE', sessions, 0, excess - 1)
    redis.call('ZREMRANGEBYRANK', sessions, 0, excess - 1)
  end
end
redis.call('ZADD', sessions, string.format('%.0f', now + ttlMs), sessionId)
redis.call('SET', name, username, 'PX', ttlMs)
redis.call('PEXPIRE', sessions, ttlMs)
return ended
