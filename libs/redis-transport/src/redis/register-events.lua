-- Notes which events the replicas of a service have handlers for.
--
-- KEYS[1] handled: hash, pattern of an event to the time until which a replica with a handler is known
-- ARGV[1] ttlMs: how long the note lasts
-- ARGV[2..] pattern: events that the replica handles
-- Returns: nothing
-- Invariant: while a replica renews its note, every other one finds the pattern
local handled = KEYS[1]
local ttlMs = tonumber(ARGV[1])

local time = redis.call('TIME')
local untilMs = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000) + ttlMs)
for at = 2, #ARGV do
  redis.call('HSET', handled, ARGV[at], untilMs)
end
