-- Renews living sessions, except those that were renewed a moment ago. On a Cluster all of them lie in one slot.
--
-- KEYS[1..] users: for each session sessions (sorted set of its user's session ids by their end) and name (string, the username)
-- ARGV[1] ttlMs: life of a session after its last use; a session that has 99.9 % of it left is not written
-- ARGV[2..] sessionIds: SHA-256 of each access key
-- Returns: for each session the username, or nil if the session has ended
-- Invariant: a session that has ended stays ended
local ttlMs = tonumber(ARGV[1])
local FIRST, KEYS_OF_ONE = 2, 2

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function keep(sessions, name, sessionId)
  local ends = redis.call('ZSCORE', sessions, sessionId)
  if not ends or tonumber(ends) <= now then return false end
  if tonumber(ends) - now < 0.999 * ttlMs then
    redis.call('ZADD', sessions, string.format('%.0f', now + ttlMs), sessionId)
    redis.call('PEXPIRE', sessions, ttlMs)
    redis.call('PEXPIRE', name, ttlMs)
  end
  return redis.call('GET', name)
end

local names = {}
local key = 1
for at = FIRST, #ARGV do
  table.insert(names, keep(KEYS[key], KEYS[key + 1], ARGV[at]))
  key = key + KEYS_OF_ONE
end
return names
