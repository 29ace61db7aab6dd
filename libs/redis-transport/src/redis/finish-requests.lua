-- Publishes the replies of one turn, and settles the requests that they end, in one step.
--
-- KEYS[1] requests: stream of the service
-- KEYS[2] partial: hash, entry id to the indexes of its finished requests
-- KEYS[3] depth: number of requests queued or in hand
-- KEYS[4..] done: keys of the idempotency outcomes, in order
-- ARGV[1] group: consumer group of the service
-- ARGV[2] entryCount: number of finished entries
-- ARGV[3] outcomeCount: number of idempotency outcomes
-- ARGV[4] replyCount: number of publications
-- ARGV[5..] list: (entry id, size, 1 if partly marked), (claim, reply or empty, ttl ms, entry id), (PUBLISH or SPUBLISH, channel, body), then (entry id, indexes) marks
-- Returns: list of the places (from 1) of publications that nobody received
-- Invariant: depth falls by an entry's size exactly once, when the entry leaves the stream, and a claim is ended only by its owner
local requests, partial, depth = KEYS[1], KEYS[2], KEYS[3]
local group = ARGV[1]
local entryCount, outcomeCount, replyCount = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local outcomesAt = 5 + entryCount * 3
local repliesAt = outcomesAt + outcomeCount * 4
local marksAt = repliesAt + replyCount * 3

-- A replica that was silent may be late. If the key has another claim or a reply by now, its outcome does not count. If the
-- claim is that of the same request, another replica has taken the entry over too, and settles it.
local function isSameRequest(current, claim)
  return string.sub(current, 1, 1) == 'C' and string.match(current, '^[^|]+') == string.match(claim, '^[^|]+')
end
local counts, takenOver = {}, {}
for outcome = 1, outcomeCount do
  local at = outcomesAt + (outcome - 1) * 4
  local claim, current = ARGV[at], redis.call('GET', KEYS[3 + outcome])
  counts[outcome] = not current or current == claim
  if not counts[outcome] and isSameRequest(current, claim) then
    takenOver[ARGV[at + 3]] = true
  end
end

local freed, hasWritten = 0, false
for at = 5, outcomesAt - 1, 3 do
  local id, size, marked = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
  if not takenOver[id] then
    hasWritten = true
    redis.call('XACK', requests, group, id)
    if redis.call('XDEL', requests, id) == 1 then
      freed = freed + size
    end
    if marked == '1' then
      redis.call('HDEL', partial, id)
    end
  end
end
if freed > 0 and redis.call('DECRBY', depth, freed) < 0 then
  redis.call('SET', depth, 0)
end
-- A write that memory never denies comes first: after it, Redis allows the others even at maxmemory.
if not hasWritten and (outcomeCount > 0 or marksAt <= #ARGV) then
  redis.call('HDEL', partial, '')
end

for outcome = 1, outcomeCount do
  local at = outcomesAt + (outcome - 1) * 4
  local key, reply, ttlMs = KEYS[3 + outcome], ARGV[at + 1], ARGV[at + 2]
  if counts[outcome] and reply ~= '' then
    redis.call('SET', key, reply, 'PX', ttlMs)
  elseif counts[outcome] then
    redis.call('DEL', key)
  end
end

local unheard = {}
for place = 1, replyCount do
  local at = repliesAt + (place - 1) * 3
  if redis.call(ARGV[at], ARGV[at + 1], ARGV[at + 2]) == 0 then
    unheard[#unheard + 1] = place
  end
end

for at = marksAt, #ARGV, 2 do
  local id = ARGV[at]
  -- A replica that was considered dead may be late: a settled entry must not get a mark.
  if #redis.call('XPENDING', requests, group, id, id, 1) > 0 then
    redis.call('HSET', partial, id, (redis.call('HGET', partial, id) or '') .. ARGV[at + 1] .. ',')
  end
end
return unheard
