-- Claims the entries of silent replicas, and tells what to do with each.
--
-- KEYS[1] stream: stream with a consumer group
-- KEYS[2] partial: hash, batch to the indexes of its finished requests; the stream again if no entry is a batch
-- ARGV[1] group: consumer group
-- ARGV[2] consumer: the replica that takes over
-- ARGV[3] minIdleMs: how long an entry must have been idle
-- ARGV[4] limit: the most entries to look at
-- ARGV[5] maxTries: deliveries after which an entry is not delivered again
-- ARGV[6] lastTryFree: 1 if the replica may start one last try
-- ARGV[7] from: where to begin, as XPENDING takes it
-- Returns: (where to begin the next time, list of (entry id, verdict, tries so far, finished indexes, fields)), verdict retry, split, exhausted or gone
-- Invariant: an entry is claimed by one replica only, and a replica has at most one last try in hand
local stream, partial = KEYS[1], KEYS[2]
local group, consumer, minIdleMs, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local maxTries, lastTryFree, from = tonumber(ARGV[5]), ARGV[6] == '1', ARGV[7]
-- An event has neither: one that says so would never be exhausted.
local mayBeBatch = partial ~= stream

-- An entry that no client of this transport wrote must not stop the others from being taken over.
local function whole(text, otherwise)
  return string.match(text, '^%d%d?%d?%d?%d?%d?$') and tonumber(text) or otherwise
end

local taken = {}
local idle = redis.call('XPENDING', stream, group, 'IDLE', minIdleMs, from, '+', limit)
for _, pending in ipairs(idle) do
  local id, tries = pending[1], pending[4]
  local entry = redis.call('XRANGE', stream, id, id)[1]
  if not entry then
    -- Trimmed or deleted: nothing is left to handle.
    redis.call('XACK', stream, group, id)
    taken[#taken + 1] = { id, 'gone', tries, '', {} }
  else
    local fields, size = entry[2], 1
    for at = 1, mayBeBatch and #fields or 0, 2 do
      if fields[at] == 'n' then
        size = whole(fields[at + 1], 1)
      elseif fields[at] == 't' then
        tries = tries + whole(fields[at + 1], 0)
      end
    end
    local verdict
    if size > 1 then
      verdict = 'split'
    elseif tries >= maxTries then
      verdict = 'exhausted'
    elseif tries + 1 < maxTries then
      verdict = 'retry'
    elseif lastTryFree then
      verdict = 'retry'
      lastTryFree = false
    end
    if verdict == 'retry' then
      redis.call('XCLAIM', stream, group, consumer, minIdleMs, id)
    elseif verdict then
      redis.call('XCLAIM', stream, group, consumer, minIdleMs, id, 'JUSTID')
    end
    if verdict then
      local finished = size > 1 and redis.call('HGET', partial, id) or ''
      taken[#taken + 1] = { id, verdict, tries, finished, fields }
    end
  end
end
return { #idle == limit and '(' .. idle[limit][1] or '-', taken }
