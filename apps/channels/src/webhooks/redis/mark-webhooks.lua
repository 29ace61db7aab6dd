-- Notes for one webhook that logs have new entries. What is noted already is only counted.
--
-- KEYS[1] due: sorted set of the webhook's logs by when they are looked at next
-- KEYS[2] news: hash of how often each was noted
-- KEYS[3] at: hash of how far the webhook has come in each
-- ARGV[1..] logs: for each its name, epoch (- if unknown) and Seq of the entry
-- Returns: how many were noted
-- Invariant: a log without a position begins before the oldest of its entries that are noted before it is looked at
local due = KEYS[1]
local news = KEYS[2]
local at = KEYS[3]
local logs, ARGS_OF_ONE = ARGV, 3

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else.
redis.call('HDEL', news, '')
for place = 1, #logs, ARGS_OF_ONE do
  local log, epoch, seq = unpack(logs, place, place + ARGS_OF_ONE - 1)
  redis.call('HINCRBY', news, log, 1)
  local known = redis.call('HGET', at, log)
  local first = known and string.match(known, '^%S+ (%d+) new$')
  if not known or (first and tonumber(seq) <= tonumber(first)) then
    redis.call('HSET', at, log, epoch .. ' ' .. string.format('%.0f', seq - 1) .. ' new')
  end
  if not redis.call('ZSCORE', due, log) then redis.call('ZADD', due, now, log) end
end
return #logs / ARGS_OF_ONE
