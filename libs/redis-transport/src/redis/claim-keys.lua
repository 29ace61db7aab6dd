-- Claims idempotency keys for the requests that carry them.
--
-- KEYS[1..] done: one key for each request
-- ARGV[1] leaseMs: how long a claim lasts without a renewal
-- ARGV[2..] claim: one for each key: `C`, the request's origin, a bar, and who runs it
-- Returns: list, for each key the empty string if it is claimed now, otherwise its present value: a claim or a reply
-- Invariant: of all requests with one key, one runs at a time, and none after a reply is stored
local leaseMs = ARGV[1]

local found = {}
for at, key in ipairs(KEYS) do
  local claim = ARGV[at + 1]
  local current = redis.call('GET', key)
  -- The same request is delivered again because it was taken over from a silent replica: the claim moves with it.
  if not current or (string.sub(current, 1, 1) == 'C' and string.match(current, '^[^|]+') == string.match(claim, '^[^|]+')) then
    redis.call('SET', key, claim, 'PX', leaseMs)
    found[at] = ''
  else
    found[at] = current
  end
end
return found
