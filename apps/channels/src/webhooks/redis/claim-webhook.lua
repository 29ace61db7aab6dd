-- Takes the log of a webhook that is due first, for a while: no other replica gets it meanwhile.
--
-- KEYS[1] due: sorted set of the webhook's logs by when they are looked at next
-- KEYS[2] news: hash of how often each was noted
-- KEYS[3] at: hash of how far the webhook has come in each
-- ARGV[1] ms: for how long, in milliseconds
-- Returns: the log, when its claim ends (which names the claim), how often it was noted, how far the webhook has come; or an empty log and the milliseconds until one is due, -1 for none
-- Invariant: one claim of a log at a time counts
local due = KEYS[1]
local news = KEYS[2]
local at = KEYS[3]
local ms = tonumber(ARGV[1])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
if #first == 0 then return { '', '-1' } end
local log, dueAt = first[1], tonumber(first[2])
if dueAt > now then return { '', string.format('%.0f', dueAt - now) } end
local claim = string.format('%.0f', now + ms)
-- As when it is settled, on a full Redis.
redis.call('ZREM', due, '')
redis.call('ZADD', due, claim, log)
return { log, claim, redis.call('HGET', news, log) or '0', redis.call('HGET', at, log) or '' }
