-- Puts what was set aside back where it came from.
--
-- KEYS[1] dead: stream of entries that were set aside
-- KEYS[2] stream: stream of the requests or events
-- KEYS[3] depth: number of requests queued or in hand; the dead stream again for events
-- ARGV[1] id: id in the dead stream
-- ARGV[2] size: number of requests, 0 for an event
-- ARGV[3..] field: name and value of the new entry in turn
-- Returns: 1 if it was replayed, 0 if it is not there any more
-- Invariant: what is set aside is replayed at most once, and leaves the dead stream with that
local dead, stream, depth = KEYS[1], KEYS[2], KEYS[3]
local id, size = ARGV[1], tonumber(ARGV[2])

if #redis.call('XRANGE', dead, id, id) == 0 then
  return 0
end
-- The first write: a full Redis refuses it, before anything has changed.
redis.call('XADD', stream, '*', unpack(ARGV, 3))
if size > 0 then
  redis.call('INCRBY', depth, size)
end
redis.call('XDEL', dead, id)
return 1
