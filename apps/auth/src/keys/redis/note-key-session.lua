-- Notes by which key a session began, and forgets those that have ended.
--
-- KEYS[1] sessions: sorted set of the user's session ids by their end
-- KEYS[2] keySessions: hash, session id → id of the key that began it
-- ARGV[1] sessionId: the session
-- ARGV[2] keyId: its key
-- Returns: nothing
-- Invariant: every living session that a key began is noted; of others no more than there were sessions
local sessions = KEYS[1]
local keySessions = KEYS[2]
local sessionId = ARGV[1]
local keyId = ARGV[2]

local noted = redis.call('HGETALL', keySessions)
for at = 1, #noted, 2 do
  if not redis.call('ZSCORE', sessions, noted[at]) then
    redis.call('HDEL', keySessions, noted[at])
  end
end
-- Without an end of its own: a session that is used goes on, for longer than any that could be said here.
redis.call('HSET', keySessions, sessionId, keyId)
