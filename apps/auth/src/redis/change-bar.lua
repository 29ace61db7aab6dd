-- Bars a user, or lifts a bar, and writes down what is new about that.
--
-- KEYS[1] bars: hash of why the user may not sign in, and since when
-- KEYS[2] told: stream of what has happened to the user
-- ARGV[1] bar: banned, disabled or deleted
-- ARGV[2] change: bar or unbar
-- ARGV[3] tells: what is told of it; empty for nothing
-- ARGV[4] keepTold: number of entries of `told` that stay, about; 0 if nobody is told
-- ARGV[5] keepMs: how long the bars stay, in milliseconds; 0 until they are lifted
-- Returns: 1 if that has changed something, 0 if it was so
-- Invariant: a change is told if and only if it is made
local bars = KEYS[1]
local told = KEYS[2]
local bar = ARGV[1]
local change = ARGV[2]
local tells = ARGV[3]
local keepTold = ARGV[4]
local keepMs = tonumber(ARGV[5])

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local changed
if change == 'bar' then changed = redis.call('HSETNX', bars, bar, now) else changed = redis.call('HDEL', bars, bar) end
if keepMs > 0 then redis.call('PEXPIRE', bars, keepMs) end
if changed == 1 and tells ~= '' and keepTold ~= '0' then
  redis.call('XADD', told, 'MAXLEN', '~', keepTold, '*', 't', tells)
end
return changed
