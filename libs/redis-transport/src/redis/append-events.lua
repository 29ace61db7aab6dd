-- Stores a batch of events, one stream entry each, unless the batch is stored already.
--
-- KEYS[1] events: stream of all services' events
-- KEYS[2] sent: ring of the client's latest 128 batch numbers, 12 digits each
-- ARGV[1] batch: the batch's number, 12 digits, rising by one
-- ARGV[2] maxEvents: how many events the stream keeps, approximately
-- ARGV[3] maxBytes: how many bytes of patterns and packets the stream keeps
-- ARGV[4] sentTtlMs: life of the ring in ms
-- ARGV[5..] event: pattern and packet as JSON, in turn
-- Returns: -1
-- Invariant: a batch is stored whole and at most once, however often it is sent; the newest event stays, whatever its size
local events, sent = KEYS[1], KEYS[2]
local batch, maxEvents, maxBytes, sentTtlMs = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

local slot = (tonumber(batch) % 128) * 12
if redis.call('GETRANGE', sent, slot, slot + 11) == batch then
  return -1
end

-- Each entry says how many bytes were stored before it: the newest and the oldest one tell how many the stream holds. An entry
-- without that was written by the version before, or replayed: one further on tells. Returns nil if none near the end does.
local function bytesAt(command, from, to)
  local between = 0
  for _, count in ipairs({ 1, 100 }) do
    between = 0
    for _, entry in ipairs(redis.call(command, events, from, to, 'COUNT', count)) do
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

local total = bytesAt('XREVRANGE', '+', '-') or 0
for at = 5, #ARGV, 2 do
  local pattern, packet = ARGV[at], ARGV[at + 1]
  redis.call('XADD', events, 'MAXLEN', '~', maxEvents, '*', 'v', 1, 's', string.format('%d', total), 'p', pattern, 'e', packet)
  total = total + #pattern + #packet
end
while redis.call('XLEN', events) > 1 and total - (bytesAt('XRANGE', '-', '+') or total) > maxBytes do
  redis.call('XTRIM', events, 'MAXLEN', redis.call('XLEN', events) - 1)
end
redis.call('SETRANGE', sent, slot, batch)
redis.call('PEXPIRE', sent, sentTtlMs)
return -1
