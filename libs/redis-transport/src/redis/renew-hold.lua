-- Tells the group and the idempotency keys that a replica is alive and still has these entries in hand.
--
-- KEYS[1] stream: stream with a consumer group
-- KEYS[2..] done: idempotency keys that the replica has claimed
-- ARGV[1] group: consumer group
-- ARGV[2] consumer: the replica
-- ARGV[3] leaseMs: how long a claim holds without being renewed
-- ARGV[4..] id: entries in hand
-- Returns: number of entries that are still pending
-- Invariant: what a living replica has in hand never becomes idle, and its tries do not rise
local stream = KEYS[1]
local group, consumer, leaseMs = ARGV[1], ARGV[2], ARGV[3]

local renewed = 0
for at = 4, #ARGV do
  local owner = redis.call('XPENDING', stream, group, ARGV[at], ARGV[at], 1)[1]
  -- Taken over by another: claiming it back would only make both run it.
  if owner and owner[2] == consumer then
    redis.call('XCLAIM', stream, group, consumer, 0, ARGV[at], 'JUSTID')
    renewed = renewed + 1
  end
end
for at = 2, #KEYS do
  redis.call('PEXPIRE', KEYS[at], leaseMs)
end
return renewed
