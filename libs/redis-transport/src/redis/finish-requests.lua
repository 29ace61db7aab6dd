-- Publishes the replies of one turn, and settles the requests that they end, in one step.
--
-- KEYS[1] requests: stream of the service
-- KEYS[2] partial: hash, entry id to the indexes of its finished requests
-- KEYS[3] depth: number of requests queued or in hand
-- KEYS[4..] done: keys of the idempotency outcomes, in order
-- ARGV[1] group: consumer group of the service
-- ARGV[2] entryCount: number of finished entries
-- ARGV[3] outcomeCount: number of idempotency outcomes
-- ARGV[4] replyCount: number of publications
-- ARGV[5..] list: (entry id, size, 1 if partly marked), (claim, reply or empty, ttl ms), (PUBLISH or SPUBLISH, channel, body), then (entry id, indexes) marks
-- Returns: list of the places (from 1) of publications that nobody received
-- Invariant: depth falls by an entry's size exactly once, when the entry leaves the stream
local requests, partial, depth = KEYS[1], KEYS[2], KEYS[3]
local group = ARGV[1]
local entryCount, outcomeCount, replyCount = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local at = 5
local freed = 0
-- A write that memory never denies comes first: after it, Redis allows the others even at maxmemory.
if entryCount == 0 and (outcomeCount > 0 or at + replyCount * 3 <= #ARGV) then
  redis.call('HDEL', partial, '')
end
for _ = 1, entryCount do
  local id, size, marked = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
  at = at + 3
  redis.call('XACK', requests, group, id)
  if redis.call('XDEL', requests, id) == 1 then
    freed = freed + size
  end
  if marked == '1' then
    redis.call('HDEL', partial, id)
  end
end
if freed > 0 and redis.call('DECRBY', depth, freed) < 0 then
  redis.call('SET', depth, 0)
end

for outcome = 1, outcomeCount do
  local key, claim, reply, ttlMs = KEYS[3 + outcome], ARGV[at], ARGV[at + 1], ARGV[at + 2]
  at = at + 3
  if reply ~= '' then
    redis.call('SET', key, reply, 'PX', ttlMs)
  elseif redis.call('GET', key) == claim then
    redis.call('DEL', key)
  end
end

local unheard = {}
for place = 1, replyCount do
  if redis.call(ARGV[at], ARGV[at + 1], ARGV[at + 2]) == 0 then
    unheard[#unheard + 1] = place
  end
  at = at + 3
end

for mark = at, #ARGV, 2 do
  local id = ARGV[mark]
  -- A replica that was considered dead may be late: a settled entry must not get a mark.
  if #redis.call('XPENDING', requests, group, id, id, 1) > 0 then
    redis.call('HSET', partial, id, (redis.call('HGET', partial, id) or '') .. ARGV[mark + 1] .. ',')
  end
end
return unheard
