-- Replaces a batch that was taken over with one entry for each of its unfinished requests.
--
-- KEYS[1] requests: stream of the service
-- KEYS[2] partial: hash, entry id to the indexes of its finished requests
-- KEYS[3] depth: number of requests queued or in hand
-- ARGV[1] group: consumer group of the service
-- ARGV[2] id: the batch's entry id
-- ARGV[3] size: number of requests in the batch
-- ARGV[4] tries: deliveries of the batch
-- ARGV[5..] body: one request as JSON
-- Returns: 1 if the batch was replaced, 0 if it was settled already
-- Invariant: a batch is replaced at most once, and depth matches the content of the stream
local requests, partial, depth = KEYS[1], KEYS[2], KEYS[3]
local group, id, size, tries = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

redis.call('XACK', requests, group, id)
if redis.call('XDEL', requests, id) == 0 then
  return 0
end
redis.call('HDEL', partial, id)
for at = 5, #ARGV do
  redis.call('XADD', requests, '*', 'v', 1, 'n', 1, 't', tries, 'b', ARGV[at])
end
redis.call('INCRBY', depth, #ARGV - 4 - size)
return 1
