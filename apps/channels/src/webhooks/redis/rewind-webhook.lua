-- Has a webhook begin again in a channel. A claim of the channel ends.
--
-- KEYS[1] due: sorted set of the webhook's channels by when they are looked at next
-- KEYS[2] news: hash of how often each was noted
-- KEYS[3] at: hash of how far the webhook has come in each
-- ARGV[1] channel: its UUID
-- ARGV[2] position: after which entry it begins
-- Returns: OK
-- Invariant: the replica that has claimed the channel notes nothing any more
local due = KEYS[1]
local news = KEYS[2]
local at = KEYS[3]
local channel = ARGV[1]
local position = ARGV[2]

redis.call('HSET', at, channel, position)
redis.call('HINCRBY', news, channel, 1)
redis.call('ZADD', due, 0, channel)
return 'OK'
