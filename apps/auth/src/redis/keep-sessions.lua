-- Renews living sessions, except those that were renewed a moment ago. On a Cluster all of them lie in one slot.
--
-- KEYS[1..] users: for each session sessions (sorted set of its user's session ids by their end), name (string, the username) and expiries (sorted set of the ids of sessions that tokens began, by the time at which they end in any case)
-- ARGV[1] ttlMs: life of a session after its last use; a session that has 99.9 % of it left is not written
-- ARGV[2..] sessionIds: SHA-256 of each access key
-- Returns: for each session nil if it has ended, else the username, and for one that a token began the time at which it ends and the milliseconds until then
-- Invariant: a session that has ended stays ended; one that a token began does not outlive that token
local ttlMs = tonumber(ARGV[1])
local FIRST, KEYS_OF_ONE = 2, 3

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function keep(sessions, name, expiries, sessionId)
  local ends = redis.call('ZSCORE', sessions, sessionId)
  if not ends or tonumber(ends) <= now then return false end
  local expiresAt = tonumber(redis.call('ZSCORE', expiries, sessionId))
  if expiresAt and expiresAt <= now then return false end
  if tonumber(ends) - now < 0.999 * ttlMs then
    redis.call('ZADD', sessions, string.format('%.0f', now + ttlMs), sessionId)
    redis.call('PEXPIRE', sessions, ttlMs)
    redis.call('PEXPIRE', name, ttlMs)
    if expiresAt then redis.call('PEXPIRE', expiries, ttlMs) end
  end
  local username = redis.call('GET', name)
  if not username then return false end
  return expiresAt and { username, expiresAt, expiresAt - now } or { username }
end

local kept = {}
local key = 1
for at = FIRST, #ARGV do
  table.insert(kept, keep(KEYS[key], KEYS[key + 1], KEYS[key + 2], ARGV[at]))
  key = key + KEYS_OF_ONE
end
return kept
