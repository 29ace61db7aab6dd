-- Removes consumers that hold nothing: the given one, or all that have been silent long enough.
--
-- KEYS[1] stream: stream with a consumer group
-- ARGV[1] group: consumer group
-- ARGV[2] consumer: the consumer that leaves, or empty for all that are silent
-- ARGV[3] minIdleMs: how long a consumer must have been silent
-- Returns: number of consumers removed
-- Invariant: a consumer with entries in hand is never removed, because they would be lost with it
local stream = KEYS[1]
local group, consumer, minIdleMs = ARGV[1], ARGV[2], tonumber(ARGV[3])

local removed = 0
for _, row in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
  local name, pending, idle = row[2], row[4], row[6]
  if pending == 0 and idle >= minIdleMs and (consumer == '' or consumer == name) then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, name)
    removed = removed + 1
  end
end
return removed
