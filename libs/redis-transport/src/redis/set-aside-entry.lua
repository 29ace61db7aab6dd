-- Moves an entry that no replica survived, or that cannot be read, to the dead stream.
--
-- KEYS[1] stream: stream with a consumer group
-- KEYS[2] dead: stream of entries that were set aside
-- KEYS[3] depth: number of requests queued or in hand; the dead stream again if there is none
-- ARGV[1] group: consumer group
-- ARGV[2] id: entry id
-- ARGV[3] maxDead: how many entries the dead stream keeps, approximately
-- ARGV[4] size: number of requests in the entry, 0 if other groups still need the entry
-- ARGV[5..] field: name and value in turn
-- Returns: 1 if the entry was set aside, 0 if it was settled already
-- Invariant: an entry is set aside at most once, and is not delivered afterwards
local stream, dead, depth = KEYS[1], KEYS[2], KEYS[3]
local group, id, maxDead, size = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

if redis.call('XACK', stream, group, id) == 0 then
  return 0
end
if size > 0 and redis.call('XDEL', stream, id) == 1 and redis.call('DECRBY', depth, size) < 0 then
  -- An entry that no client of this transport wrote was never counted.
  redis.call('SET', depth, 0)
end
redis.call('XADD', dead, 'MAXLEN', '~', maxDead, '*', unpack(ARGV, 5))
return 1
