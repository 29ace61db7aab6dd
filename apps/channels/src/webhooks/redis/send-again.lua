-- Notes events that a webhook is sent again. What is noted already is only counted.
--
-- KEYS[1] due: sorted set of the logs with such events by when they are looked at next
-- KEYS[2] news: hash of how often each was noted
-- KEYS[3] again: sorted set of "<log> <Seq>" of each event
-- ARGV[1..] events: for each its log, and its Seq in 16 digits
-- Returns: OK
-- Invariant: a log with an event in `again` is due
local due = KEYS[1]
local news = KEYS[2]
local again = KEYS[3]
local ARGS_OF_ONE = 2

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else.
redis.call('HDEL', news, '')
for at = 1, #ARGV, ARGS_OF_ONE do
  local log, seq = ARGV[at], ARGV[at + 1]
  redis.call('ZADD', again, 0, log .. ' ' .. seq)
  redis.call('HINCRBY', news, log, 1)
  if not redis.call('ZSCORE', due, log) then redis.call('ZADD', due, now, log) end
end
return 'OK'
