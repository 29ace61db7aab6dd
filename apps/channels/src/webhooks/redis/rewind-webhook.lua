-- Has a webhook begin again in a log. A claim of the log ends.
--
-- KEYS[1] due: sorted set of the webhook's logs by when they are looked at next
-- KEYS[2] news: hash of how often each was noted
-- KEYS[3] at: hash of how far the webhook has come in each
-- ARGV[1] log: which one
-- ARGV[2] position: after which entry it begins
-- Returns: OK
-- Invariant: the replica that has claimed the log notes nothing any more
local due = KEYS[1]
local news = KEYS[2]
local at = KEYS[3]
local log = ARGV[1]
local position = ARGV[2]

redis.call('HSET', at, log, position)
redis.call('HINCRBY', news, log, 1)
redis.call('ZADD', due, 0, log)
return 'OK'
