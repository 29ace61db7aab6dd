-- Stores a batch of events, one stream entry each, unless the batch is stored already.
--
-- KEYS[1] events: stream of the events
-- KEYS[2] sent: ring of the client's latest 128 batch numbers, 12 digits each
-- KEYS[3..] shared: the shared stream, if it gets a copy of each event
-- ARGV[1] batch: the batch's number, 12 digits, rising by one
-- ARGV[2] maxEvents: how many events a stream keeps, approximately
-- ARGV[3] maxBytes: how many bytes of patterns and packets a stream keeps
-- ARGV[4] sentTtlMs: life of the ring in ms
-- ARGV[5] publisher: who has the first stream, for the copies
-- ARGV[6..] event: pattern and packet as JSON, in turn
-- Returns: -1
-- Invariant: a batch is stored whole and at most once, however often it is sent; the newest event stays, whatever its size
local events, sent, shared = KEYS[1], KEYS[2], KEYS[3]
local batch, maxEvents, maxBytes, sentTtlMs, publisher = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]

local slot = (tonumber(batch) % 128) * 12
if redis.call('GETRANGE', sent, slot, slot + 11) == batch then
  return -1
end

-- Each entry says how many bytes were stored before it: the newest and the oldest one tell how many the stream holds. An entry
-- without that was written by the version before, or replayed: one further on tells. Returns nil if none near the end does.
local function bytesAt(stream, command, from, to)
  local between = 0
  for _, count in ipairs({ 1, 100 }) do
    between = 0
    for _, entry in ipairs(redis.call(command, stream, from, to, 'COUNT', count)) do
      local fields, size, before = entry[2], 0, nil
      for at = 1, #fields, 2 do
        if fields[at] == 's' then before = tonumber(fields[at + 1])
        elseif fields[at] == 'p' or fields[at] == 'e' then size = size + #fields[at + 1] end
      end
      if before then return command == 'XRANGE' and before - between or before + size + between end
      between = between + size
    end
  end
end

local totals = {}
for _, stream in ipairs({ shared or events, events }) do
  totals[stream] = totals[stream] or bytesAt(stream, 'XREVRANGE', '+', '-') or 0
end

local function add(stream, id, pattern, packet, ...)
  local before = string.format('%d', totals[stream])
  local added = redis.pcall('XADD', stream, 'MAXLEN', '~', maxEvents, id, 'v', 1, 's', before, 'p', pattern, 'e', packet, ...)
  if not added.err then totals[stream] = totals[stream] + #pattern + #packet end
  return added
end

for at = 6, #ARGV, 2 do
  local pattern, packet = ARGV[at], ARGV[at + 1]
  -- An event and its copy have one id, so a group can go on in one stream where it has stopped in the other. Redis refuses the
  -- id only if it has lost the end of the shared stream and no clock has caught up yet.
  local copied = shared and add(shared, '*', pattern, packet, 'o', publisher)
  if copied and copied.err then return copied end
  local added = add(events, copied or '*', pattern, packet)
  if added.err and copied then added = add(events, '*', pattern, packet) end
  if added.err then return added end
end

for stream, total in pairs(totals) do
  while redis.call('XLEN', stream) > 1 and total - (bytesAt(stream, 'XRANGE', '-', '+') or total) > maxBytes do
    redis.call('XTRIM', stream, 'MAXLEN', redis.call('XLEN', stream) - 1)
  end
end
redis.call('SETRANGE', sent, slot, batch)
redis.call('PEXPIRE', sent, sentTtlMs)
return -1
