-- Renews a replica's hold on its entries and its claims on idempotency keys.
--
-- KEYS[1] stream: stream with a consumer group
-- KEYS[2..] done: idempotency keys that the replica has claimed
-- ARGV[1] group: consumer group
-- ARGV[2] consumer: the replica
-- ARGV[3] leaseMs: how long a claim lasts without a renewal
-- ARGV[4..] id: entries in hand
-- Returns: number of entries that are still pending
-- Invariant: the entries in hand of a living replica never become idle, and their tries do not rise
local stream = KEYS[1]
local group, consumer, leaseMs = ARGV[1], ARGV[2], ARGV[3]

local renewed = 0
for at = 4, #ARGV do
  local owner = redis.call('XPENDING', stream, group, ARGV[at], ARGV[at], 1)[1]
  -- Another replica has taken it over: claiming it back would make both run it.
  if owner and owner[2] == consumer then
    redis.call('XCLAIM', stream, group, consumer, 0, ARGV[at], 'JUSTID')
    renewed = renewed + 1
  end
end
for at = 2, #KEYS do
  redis.call('PEXPIRE', KEYS[at], leaseMs)
end
return renewed
