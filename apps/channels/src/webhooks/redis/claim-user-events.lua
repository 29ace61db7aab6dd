-- Has one replica fetch the events of users for a while.
--
-- KEYS[1] fetched: hash, claim and by: until when who fetches; and for each stream up to which entry it was fetched
-- ARGV[1] by: names the replica
-- ARGV[2] ms: for how long, in milliseconds
-- Returns: nothing where another replica fetches; or all fields and their values
-- Invariant: one replica at a time fetches
local fetched = KEYS[1]
local by = ARGV[1]
local ms = tonumber(ARGV[2])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local claim, owner = unpack(redis.call('HMGET', fetched, 'claim', 'by'))
if claim and tonumber(claim) > now and owner ~= by then return false end
-- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else.
redis.call('HDEL', fetched, '')
redis.call('HSET', fetched, 'claim', string.format('%.0f', now + ms), 'by', by)
return redis.call('HGETALL', fetched)
