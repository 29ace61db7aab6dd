-- Notes attempts to send a webhook events. An event has one delivery, which moves to the front with each attempt. Works on a full Redis too.
--
-- KEYS[1] deliveries: hash of the deliveries by the event's id; the empty field counts attempts
-- KEYS[2] recent: sorted set of the ids by the number of the newest attempt
-- ARGV[1] most: number of deliveries that are kept
-- ARGV[2..] noted: for each the event's id, and the delivery as JSON
-- Returns: how many deliveries are kept now
-- Invariant: both keys have the same ids, the newest of all
local deliveries = KEYS[1]
local recent = KEYS[2]
local most = tonumber(ARGV[1])
local FIRST, ARGS_OF_ONE, GONE_AT_ONCE = 2, 2, 1000

-- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else.
redis.call('HDEL', deliveries, '-')
for at = FIRST, #ARGV, ARGS_OF_ONE do
  local number = redis.call('HINCRBY', deliveries, '', 1)
  redis.call('HSET', deliveries, ARGV[at], ARGV[at + 1])
  redis.call('ZADD', recent, number, ARGV[at])
end
local over = math.min(redis.call('ZCARD', recent) - most, GONE_AT_ONCE)
if over > 0 then
  redis.call('HDEL', deliveries, unpack(redis.call('ZRANGE', recent, 0, over - 1)))
  redis.call('ZREMRANGEBYRANK', recent, 0, over - 1)
end
return redis.call('ZCARD', recent)
