-- Stores a batch of events, one stream entry each, unless the batch is stored already.
--
-- KEYS[1] events: stream of all services' events
-- KEYS[2] sent: ring of the client's latest 128 batch numbers, 12 digits each
-- ARGV[1] batch: the batch's number, 12 digits, rising by one
-- ARGV[2] maxEvents: how many events the stream keeps, approximately
-- ARGV[3] sentTtlMs: life of the ring in ms
-- ARGV[4..] event: pattern and packet as JSON, in turn
-- Returns: -1
-- Invariant: a batch is stored whole and at most once, however often it is sent
local events, sent = KEYS[1], KEYS[2]
local batch, maxEvents, sentTtlMs = ARGV[1], ARGV[2], ARGV[3]

local slot = (tonumber(batch) % 128) * 12
if redis.call('GETRANGE', sent, slot, slot + 11) == batch then
  return -1
end

for at = 4, #ARGV, 2 do
  redis.call('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'p', ARGV[at], 'e', ARGV[at + 1])
end
redis.call('SETRANGE', sent, slot, batch)
redis.call('PEXPIRE', sent, sentTtlMs)
return -1
