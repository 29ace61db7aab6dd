-- Notes how far a webhook has come in a log, and what is next. Works on a full Redis too.
--
-- KEYS[1] due: sorted set of the webhook's logs by when they are looked at next
-- KEYS[2] news: hash of how often each was noted
-- KEYS[3] at: hash of how far the webhook has come in each
-- ARGV[1] log: which one
-- ARGV[2] claim: when the claim ends, which names it
-- ARGV[3] position: how far the webhook has come; empty where that is forgotten
-- ARGV[4] seen: how often the log was noted when it was claimed
-- ARGV[5] next: done where there are no more entries, later where it waits, more where it goes on
-- ARGV[6] ms: with later and more, for how long, in milliseconds
-- Returns: LOST where the claim has ended, DONE, or when the log is due, which names the claim that goes on
-- Invariant: what was noted since the claim is looked at; a claim that has ended changes nothing
local due = KEYS[1]
local news = KEYS[2]
local at = KEYS[3]
local log = ARGV[1]
local claim = tonumber(ARGV[2])
local position = ARGV[3]
local seen = ARGV[4]
local next = ARGV[5]
local ms = tonumber(ARGV[6])

local score = redis.call('ZSCORE', due, log)
if not score or tonumber(score) ~= claim then return 'LOST' end
-- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else.
redis.call('HDEL', at, '')
if position == '' then redis.call('HDEL', at, log) else redis.call('HSET', at, log, position) end
if next == 'done' and redis.call('HGET', news, log) == seen then
  redis.call('ZREM', due, log)
  redis.call('HDEL', news, log)
  return 'DONE'
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dueAt = string.format('%.0f', now + (next == 'done' and 0 or ms))
redis.call('ZADD', due, dueAt, log)
return dueAt
