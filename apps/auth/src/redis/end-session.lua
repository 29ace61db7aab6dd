-- Ends a session of a user, whose gateway knows it.
--
-- KEYS[1] sessions: sorted set of the user's session ids by their end
-- KEYS[2] expiries: sorted set of the ids of sessions that tokens began, by the time at which they end in any case
-- KEYS[3] told: stream of what has happened to the user
-- ARGV[1] sessionId: which session
-- ARGV[2] keepTold: number of entries of `told` that stay, about; 0 if nobody is told
-- Returns: 1 if it has ended now, 0 if it had before
-- Invariant: the end of a session is told once
local sessions = KEYS[1]
local expiries = KEYS[2]
local told = KEYS[3]
local sessionId = ARGV[1]
local keepTold = ARGV[2]

local ended = redis.call('ZREM', sessions, sessionId)
redis.call('ZREM', expiries, sessionId)
if ended == 1 and keepTold ~= '0' then
  redis.call('XADD', told, 'MAXLEN', '~', keepTold, '*', 't', 'session.ended', 'i', sessionId)
end
return ended
