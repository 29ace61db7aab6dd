-- Ends sessions of a user: all but some, or some.
--
-- KEYS[1] sessions: sorted set of the user's session ids by their end
-- KEYS[2] ending: set of the session ids that have ended, until the gateways are told
-- KEYS[3] expiries: sorted set of the ids of sessions that tokens began, by the time at which they end in any case
-- KEYS[4] told: stream of what has happened to the user
-- ARGV[1] endingMs: how long it is remembered which have ended
-- ARGV[2] rule: "but" to end all sessions but those that follow, "only" to end those
-- ARGV[3] keepTold: number of entries of `told` that stay, about; 0 if nobody is told
-- ARGV[4..] sessionIds: the sessions that the rule names
-- Returns: the ids of the sessions that have ended and of whose end the gateways may not have been told
-- Invariant: a repeated request returns what an earlier run ended before it died
local sessions = KEYS[1]
local ending = KEYS[2]
local expiries = KEYS[3]
local told = KEYS[4]
local endingMs = tonumber(ARGV[1])
local rule = ARGV[2]
local keepTold = ARGV[3]
local FIRST = 4

local named = {}
for at = FIRST, #ARGV do
  named[ARGV[at]] = true
end
for _, sessionId in ipairs(redis.call('ZRANGE', sessions, 0, -1)) do
  if (named[sessionId] or false) == (rule == 'only') then
    redis.call('SADD', ending, sessionId)
    redis.call('ZREM', sessions, sessionId)
    redis.call('ZREM', expiries, sessionId)
    if keepTold ~= '0' then
      redis.call('XADD', told, 'MAXLEN', '~', keepTold, '*', 't', 'session.ended', 'i', sessionId)
    end
  end
end
redis.call('PEXPIRE', ending, endingMs)
return redis.call('SMEMBERS', ending)
