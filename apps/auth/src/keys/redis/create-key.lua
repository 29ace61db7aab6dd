-- Stores a key, unless there are too many or its id is taken.
--
-- KEYS[1] index: sorted set of the ids of all keys, by when they were made
-- KEYS[2] key: hash, what is stored of this one
-- ARGV[1] id: its id
-- ARGV[2] hash: SHA-256 of the proof that its secret is known
-- ARGV[3] most: how many keys there may be
-- ARGV[4] lifeMs: milliseconds from now on after which it opens nothing; empty for no end
-- ARGV[5..] fields: names and values of what else is stored
-- Returns: 1 if it is stored, from now on or from before; -1 where another key has the id, -2 where there are too many
-- Invariant: a key that is stored again, by a request that is repeated, stays as it is
local index = KEYS[1]
local key = KEYS[2]
local id = ARGV[1]
local hash = ARGV[2]
local most = tonumber(ARGV[3])
local lifeMs = ARGV[4]

if redis.call('EXISTS', key) == 1 then
  return redis.call('HGET', key, 'hash') == hash and 1 or -1
end
if redis.call('ZCARD', index) >= most then
  return -2
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = string.format('%.0f', now)
redis.call('HSET', key, 'hash', hash, 'createdAt', at, unpack(ARGV, 5))
if lifeMs ~= '' then
  redis.call('HSET', key, 'expiresAt', string.format('%.0f', now + tonumber(lifeMs)))
end
redis.call('ZADD', index, at, id)
return 1
