-- Ends all sessions of a user, except one that may be kept.
--
-- KEYS[1] sessions: sorted set of the user's session ids by their end
-- KEYS[2] ending: set of the session ids that have ended, until the gateways are told
-- ARGV[1] kept: id of the session that goes on, empty for none
-- ARGV[2] endingMs: how long it is remembered which have ended
-- Returns: the ids of the sessions that have ended and of whose end the gateways may not have been told
-- Invariant: a repeated request returns what an earlier run ended before it died
local sessions = KEYS[1]
local ending = KEYS[2]
local kept = ARGV[1]
local endingMs = tonumber(ARGV[2])

for _, sessionId in ipairs(redis.call('ZRANGE', sessions, 0, -1)) do
  if sessionId ~= kept then
    redis.call('SADD', ending, sessionId)
    redis.call('ZREM', sessions, sessionId)
  end
end
redis.call('PEXPIRE', ending, endingMs)
return redis.call('SMEMBERS', ending)
