-- Renews a replica's hold on its entries and its claims on idempotency keys.
--
-- KEYS[1] stream: stream with a consumer group
-- KEYS[2..] done: idempotency keys that the replica has claimed
-- ARGV[1] group: consumer group
-- ARGV[2] consumer: the replica
-- ARGV[3] leaseMs: how long a claim lasts without a renewal
-- ARGV[4..] list: the claim on each key, then the ids of the entries in hand
-- Returns: list of the number of entries that are still its own, then the places (from 1) of claims that are not
-- Invariant: a living replica's entries never become idle, their tries do not rise, and nothing of another replica is renewed
local stream = KEYS[1]
local group, consumer, leaseMs = ARGV[1], ARGV[2], ARGV[3]

local lost = { 0 }
for at = 2, #KEYS do
  local current = redis.call('GET', KEYS[at])
  -- Another replica may have taken the request over. Then its claim, or the reply that it stored, has a life of its own.
  if current == ARGV[at + 2] then
    redis.call('PEXPIRE', KEYS[at], leaseMs)
  elseif current then
    lost[#lost + 1] = at - 1
  end
end

local renewed = 0
for at = #KEYS + 3, #ARGV do
  local owner = redis.call('XPENDING', stream, group, ARGV[at], ARGV[at], 1)[1]
  -- Another replica has taken it over: claiming it back would make both run it.
  if owner and owner[2] == consumer then
    redis.call('XCLAIM', stream, group, consumer, 0, ARGV[at], 'JUSTID')
    renewed = renewed + 1
  end
end
lost[1] = renewed
return lost
