-- Moves an entry that no replica survived, whose handler keeps failing, or that cannot be read, to the dead stream.
--
-- KEYS[1] stream: stream with a consumer group
-- KEYS[2] dead: stream of entries that were set aside
-- KEYS[3] depth: number of requests queued or in hand; the dead stream again if there is none
-- ARGV[1] group: consumer group; empty if the entry is in no group's hands
-- ARGV[2] id: entry id
-- ARGV[3] maxDead: how many entries the dead stream keeps, approximately
-- ARGV[4] maxBytes: how many bytes of payloads the dead stream keeps
-- ARGV[5] size: number of requests in the entry, 0 if other groups still need the entry
-- ARGV[6] bytes: size of the payload
-- ARGV[7..] field: name and value in turn
-- Returns: 1 if the entry was set aside, 0 if it was settled already
-- Invariant: an entry is set aside at most once, and is not delivered afterwards
local stream, dead, depth = KEYS[1], KEYS[2], KEYS[3]
local group, id, maxDead, maxBytes = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local size, bytes = tonumber(ARGV[5]), tonumber(ARGV[6])

if group ~= '' and redis.call('XACK', stream, group, id) == 0 then
  -- Redis forgets who has a trimmed event in hand; nobody else can have settled it.
  if size > 0 or #redis.call('XRANGE', stream, id, id) > 0 then return 0 end
end
if size > 0 and redis.call('XDEL', stream, id) == 1 and redis.call('DECRBY', depth, size) < 0 then
  -- An entry that no client of this transport wrote was never counted.
  redis.call('SET', depth, 0)
end

-- Each entry says how many bytes were set aside before it: the newest and the oldest one tell how many are kept.
local function numbersOf(command, from, to)
  local entry = redis.call(command, dead, from, to, 'COUNT', 1)[1]
  local found = {}
  for at = 1, entry and #entry[2] or 0, 2 do found[entry[2][at]] = tonumber(entry[2][at + 1]) end
  return found.before or 0, found.bytes or 0
end

local before, last = numbersOf('XREVRANGE', '+', '-')
before = before + last
redis.call('XADD', dead, 'MAXLEN', '~', maxDead, '*', 'v', 1, 'before', string.format('%d', before), 'bytes', bytes, unpack(ARGV, 7))
while redis.call('XLEN', dead) > 1 and before + bytes - numbersOf('XRANGE', '-', '+') > maxBytes do
  redis.call('XTRIM', dead, 'MAXLEN', redis.call('XLEN', dead) - 1)
end
return 1
