-- Creates a session or renews it, and ends the user's oldest sessions beyond the bound.
--
-- KEYS[1] sessions: sorted set of the user's session ids by their end
-- KEYS[2] name: string, the username
-- KEYS[3] bars: hash, why nobody may sign in to the account
-- KEYS[4] expiries: sorted set of the ids of sessions that tokens began, by the time at which they end in any case
-- ARGV[1] sessionId: SHA-256 of the access key
-- ARGV[2] username: as displayed
-- ARGV[3] ttlMs: life of a session after its last use
-- ARGV[4] most: the most living sessions of one user
-- ARGV[5] expiresAt: when the session ends in any case, in milliseconds; empty if it may go on as long as it is used
-- Returns: the ids of the sessions that ended to make room; a string that names the bar if the account is barred
-- Invariant: a barred account gets no session; a user never has more than `most` sessions, and the newest is one of them; a repeated request creates no second one
local sessions = KEYS[1]
local name = KEYS[2]
local bars = KEYS[3]
local expiries = KEYS[4]
local sessionId = ARGV[1]
local username = ARGV[2]
local ttlMs = tonumber(ARGV[3])
local most = tonumber(ARGV[4])
local expiresAt = ARGV[5]

for _, bar in ipairs({ 'deleted', 'banned', 'disabled' }) do
  if redis.call('HEXISTS', bars, bar) == 1 then
    return bar
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', sessions, '-inf', string.format('%.0f', now))

for _, expired in ipairs(redis.call('ZRANGE', expiries, '-inf', string.format('%.0f', now), 'BYSCORE')) do
  redis.call('ZREM', sessions, expired)
  redis.call('ZREM', expiries, expired)
end

local ended = {}
if not redis.call('ZSCORE', sessions, sessionId) then
  local excess = redis.call('ZCARD', sessions) + 1 - most
  if excess > 0 then
    ended = redis.call('ZRANGE', sessions, 0, excess - 1)
    redis.call('ZREMRANGEBYRANK', sessions, 0, excess - 1)
    for _, oldest in ipairs(ended) do
      redis.call('ZREM', expiries, oldest)
    end
  end
end
redis.call('ZADD', sessions, string.format('%.0f', now + ttlMs), sessionId)
redis.call('SET', name, username, 'PX', ttlMs)
redis.call('PEXPIRE', sessions, ttlMs)
if expiresAt ~= '' then
  redis.call('ZADD', expiries, expiresAt, sessionId)
  redis.call('PEXPIRE', expiries, ttlMs)
end
return ended
