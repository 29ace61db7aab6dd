-- Lists the living sessions of a user, those that were used last first.
--
-- KEYS[1] sessions: sorted set of the user's session ids by their end
-- ARGV[1] most: how many to list
-- Returns: number of living sessions, then id and end of each that is listed
-- Invariant: changes nothing
local sessions = KEYS[1]
local most = tonumber(ARGV[1])

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local total = redis.call('ZCOUNT', sessions, '(' .. now, '+inf')
local listed = redis.call('ZREVRANGEBYSCORE', sessions, '+inf', '(' .. now, 'WITHSCORES', 'LIMIT', 0, most)
return { total, unpack(listed) }
