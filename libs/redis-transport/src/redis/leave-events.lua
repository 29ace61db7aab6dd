-- Leaves events that a replica has no handler for to the replicas of its service that have one. Those that none handles, such
-- as the events of other services, are acknowledged.
--
-- KEYS[1] stream: stream of the events
-- KEYS[2] handled: hash, pattern of an event to the time until which a replica with a handler is known
-- ARGV[1] group: consumer group of the service
-- ARGV[2] consumer: the replica
-- ARGV[3] idleMs: idle time after which an entry is taken over
-- ARGV[4..] events: (entry id, pattern, tries before this delivery)
-- Returns: how many were left to others
-- Invariant: an event is acknowledged only if no replica of the service is known that handles it, and being left is no try
local stream, handled = KEYS[1], KEYS[2]
local group, consumer, idleMs = ARGV[1], ARGV[2], ARGV[3]

local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local left = 0
for at = 4, #ARGV, 3 do
  local id, pattern, tries = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local untilMs = redis.call('HGET', handled, pattern)
  if not untilMs or tonumber(untilMs) < nowMs then
    redis.call('XACK', stream, group, id)
    if untilMs then
      redis.call('HDEL', handled, pattern)
    end
  elseif #redis.call('XPENDING', stream, group, id, id, 1, consumer) > 0 then
    -- Still its own: it looks as if it had been idle, so the next replica that looks takes it over.
    redis.call('XCLAIM', stream, group, consumer, 0, id, 'IDLE', idleMs, 'RETRYCOUNT', tries, 'JUSTID')
    left = left + 1
  end
end
return left
