-- Lets a session that a token began go on until a newer token of its user expires.
--
-- KEYS[1] sessions: sorted set of the user's session ids by their end
-- KEYS[2] expiries: sorted set of the ids of sessions that tokens began, by the time at which they end in any case
-- ARGV[1] sessionId: SHA-256 of the access key
-- ARGV[2] expiresAt: when the newer token expires, in milliseconds
-- Returns: nil if the session has ended, an empty list if no token began it, else the time at which it ends now, and the milliseconds until then
-- Invariant: a session that has ended stays ended; of two tokens the one that expires later counts, in whatever order they come
local sessions = KEYS[1]
local expiries = KEYS[2]
local sessionId = ARGV[1]
local expiresAt = tonumber(ARGV[2])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = tonumber(redis.call('ZSCORE', sessions, sessionId))
if not ends or ends <= now then return false end
local before = tonumber(redis.call('ZSCORE', expiries, sessionId))
if not before then return {} end
if before <= now then return false end
local latest = math.max(before, expiresAt)
redis.call('ZADD', expiries, string.format('%.0f', latest), sessionId)
return { latest, latest - now }
