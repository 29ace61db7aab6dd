-- Claims idempotency keys for the requests that carry them.
--
-- KEYS[1] requests: stream of the service
-- KEYS[2..] done: one key for each request
-- ARGV[1] group: consumer group of the service
-- ARGV[2] consumer: the replica that claims
-- ARGV[3] leaseMs: how long a claim lasts without a renewal
-- ARGV[4..] list: for each key (claim, entry id); a claim is `C`, the request's origin, a bar, and who runs it
-- Returns: list, for each key the empty string if it is claimed now, otherwise its present value: a claim or a reply
-- Invariant: of all requests with one key, one runs at a time, and none after a reply is stored
local requests = KEYS[1]
local group, consumer, leaseMs = ARGV[1], ARGV[2], ARGV[3]

local function isSameRequest(current, claim)
  return string.sub(current, 1, 1) == 'C' and string.match(current, '^[^|]+') == string.match(claim, '^[^|]+')
end

-- A replica that was silent may be late: another one has taken the request over since, and its claim stays.
local function holds(id)
  local owner = redis.call('XPENDING', requests, group, id, id, 1)[1]
  return owner and owner[2] == consumer
end

local found = {}
for at = 2, #KEYS do
  local key, claim, id = KEYS[at], ARGV[at * 2], ARGV[at * 2 + 1]
  local current = redis.call('GET', key)
  -- The same request is delivered again because it was taken over from a silent replica: the claim moves with it.
  if not current or current == claim or (isSameRequest(current, claim) and holds(id)) then
    redis.call('SET', key, claim, 'PX', leaseMs)
    found[at - 1] = ''
  else
    found[at - 1] = current
  end
end
return found
