-- Stores one batch of requests as one stream entry, unless the queue is full, nobody reads it or the batch is stored already.
--
-- KEYS[1] requests: stream of a lane of the service
-- KEYS[2] depth: number of requests queued or in hand; a large one counts as several
-- KEYS[3] sent: ring of the client's latest 128 batch numbers, 12 digits each
-- KEYS[4] readers: there while a replica reads the lane; not given for the lane that every version reads
-- ARGV[1] batch: the batch's number, 12 digits, rising by one
-- ARGV[2] maxQueue: the most requests queued or in hand
-- ARGV[3] size: what the batch counts as
-- ARGV[4] body: the batch as JSON
-- ARGV[5] sentTtlMs: life of the ring in ms
-- Returns: -1 if the batch is stored, now or earlier; -2 if nobody reads the lane; otherwise how much fits
-- Invariant: a batch is stored at most once, however often it is sent, and depth never exceeds maxQueue
local requests, depth, sent, readers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local batch, maxQueue, size = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local body, sentTtlMs = ARGV[4], ARGV[5]

local slot = (tonumber(batch) % 128) * 12
if redis.call('GETRANGE', sent, slot, slot + 11) == batch then
  return -1
end
if readers and not redis.call('GET', readers) then
  return -2
end

local waiting = tonumber(redis.call('GET', depth) or '0')
if waiting + size > maxQueue then
  -- If the stream was deleted, its requests are gone but still counted.
  if waiting > 0 and redis.call('XLEN', requests) == 0 then
    redis.call('DEL', depth)
    waiting = 0
  end
  if waiting + size > maxQueue then
    return math.max(0, maxQueue - waiting)
  end
end

-- The first write: it fails at maxmemory, before anything has changed, unless the script runs with allow-oom.
redis.call('XADD', requests, '*', 'v', 1, 'n', size, 'b', body)
redis.call('INCRBY', depth, size)
redis.call('SETRANGE', sent, slot, batch)
redis.call('PEXPIRE', sent, sentTtlMs)
return -1
