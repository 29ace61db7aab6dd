-- Notes for one webhook that channels have new entries. What is noted already is only counted.
--
-- KEYS[1] due: sorted set of the webhook's channels by when they are looked at next
-- KEYS[2] news: hash of how often each was noted
-- KEYS[3] at: hash of how far the webhook has come in each
-- ARGV[1..] channels: for each UUID, epoch (- if unknown) and Seq of the entry
-- Returns: how many were noted
-- Invariant: a channel without a position begins before the oldest of its entries that are noted before it is looked at
local due = KEYS[1]
local news = KEYS[2]
local at = KEYS[3]
local channels, ARGS_OF_ONE = ARGV, 3

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else.
redis.call('HDEL', news, '')
for place = 1, #channels, ARGS_OF_ONE do
  local channel, epoch, seq = unpack(channels, place, place + ARGS_OF_ONE - 1)
  redis.call('HINCRBY', news, channel, 1)
  local known = redis.call('HGET', at, channel)
  local first = known and string.match(known, '^%S+ (%d+) new$')
  if not known or (first and tonumber(seq) <= tonumber(first)) then
    redis.call('HSET', at, channel, epoch .. ' ' .. string.format('%.0f', seq - 1) .. ' new')
  end
  if not redis.call('ZSCORE', due, channel) then redis.call('ZADD', due, now, channel) end
end
return #channels / ARGS_OF_ONE
