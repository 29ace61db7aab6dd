-- Stores one message and publishes its frame, once per record: authorises the sender, looks whether the
-- message is stored already, takes the next Seq and Redis's time, appends to the log and publishes.
--
-- KEYS[1] meta: hash of the channel, made here when the channel is new
-- KEYS[2] log: stream of the messages
-- KEYS[3] recorded: hash of what was stored lately, by record
-- KEYS[4] recordedEarlier: hash of what was stored before that
-- ARGV[1] kind: general or private, for a channel that is new
-- ARGV[2] sender: UUID of the user who sends
-- ARGV[3] partner: UUID of the other user of a private channel, empty otherwise
-- ARGV[4] fresh: random UUID, the epoch if one begins and the random bits of the message's UUID
-- ARGV[5] record: what the message is stored once for
-- ARGV[6] recordMs: least time for which a record is remembered, in milliseconds
-- ARGV[7] body: JSON of the message's fields between UUID and CreatedAt, without braces
-- ARGV[8] keep: number of newest messages that stay at least, 0 for all
-- ARGV[9] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[10] frames: pub/sub channel of the frames
-- Returns: STORED, DUPLICATE (nothing was changed) or FORBIDDEN (likewise), then unless FORBIDDEN the message's UUID, Seq and time in milliseconds
-- Invariant: within an epoch each Seq is given once, without holes, in the order of publication and of CreatedAt; a refusal changes nothing
local meta = KEYS[1]
local log = KEYS[2]
local recorded = KEYS[3]
local recordedEarlier = KEYS[4]
local kind = ARGV[1]
local sender = ARGV[2]
local partner = ARGV[3]
local fresh = ARGV[4]
local record = ARGV[5]
local recordMs = tonumber(ARGV[6])
local body = ARGV[7]
local keep = tonumber(ARGV[8])
local publish = ARGV[9]
local frames = ARGV[10]

-- Days to a date of the Gregorian calendar: civil_from_days in Howard Hinnant's "chrono-Compatible Low-Level
-- Date Algorithms" (Redis's Lua has no os.date).
local function rfc3339(ms)
  local seconds = math.floor(ms / 1000)
  local days = math.floor(seconds / 86400) + 719468
  local era = math.floor(days / 146097)
  local dayOfEra = days - era * 146097
  local leaps = math.floor(dayOfEra / 1460) - math.floor(dayOfEra / 36524) + math.floor(dayOfEra / 146096)
  local yearOfEra = math.floor((dayOfEra - leaps) / 365)
  local dayOfYear = dayOfEra - (365 * yearOfEra + math.floor(yearOfEra / 4) - math.floor(yearOfEra / 100))
  local month = math.floor((5 * dayOfYear + 2) / 153)
  local day = dayOfYear - math.floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  local year = yearOfEra + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', year, month, day,
    math.floor(seconds / 3600) % 24, math.floor(seconds / 60) % 60, seconds % 60, ms % 1000)
end

-- A UUID of version 7 (RFC 9562, section 6.2, method 1): the time, then the low 38 bits of Seq as the counter,
-- then 36 random bits. So the UUIDs of a channel sort like its Seqs, and a message is found by its UUID
-- without an index.
local function messageUuid(ms, seq)
  local time = string.format('%012x', ms)
  return string.format('%s-%s-7%03x-%04x-%03x%s', string.sub(time, 1, 8), string.sub(time, 9),
    math.floor(seq / 2 ^ 26) % 2 ^ 12, 2 ^ 15 + math.floor(seq / 2 ^ 12) % 2 ^ 14, seq % 2 ^ 12,
    string.sub(fresh, -9))
end

local known = redis.call('HMGET', meta, 'kind', 'a', 'b', 'epoch', 'run', 'seq', 'at')
local isPrivate = (known[1] or kind) == 'private'
if known[1] and isPrivate and sender ~= known[2] and sender ~= known[3] then return { 'FORBIDDEN' } end

local earlier = redis.call('HGET', recorded, record) or redis.call('HGET', recordedEarlier, record)
if earlier then
  local uuid, seq, ms = string.match(earlier, '^(%S+) (%d+) (%d+)$')
  return { 'DUPLICATE', uuid, seq, ms }
end

-- A Redis process that did not write the last entry (started again, failed over) may have lost a tail of it,
-- and so may a log and a count that disagree: what comes now belongs to a new epoch.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local top = newest and tonumber(string.match(newest[1], '^%d+')) or 0
local seq = tonumber(known[6] or 0)
local epoch = known[4]
if not epoch or known[5] ~= run or seq ~= top then epoch = fresh end
seq = math.max(seq, top) + 1

local now = redis.call('TIME')
local ms = math.max(tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000), tonumber(known[7] or 0))
local uuid = messageUuid(ms, seq)
local seqText = string.format('%.0f', seq)
local msText = string.format('%.0f', ms)
local message = '{"UUID":"' .. uuid .. '",' .. body .. ',"CreatedAt":"' .. rfc3339(ms)
  .. '","Seq":' .. seqText .. '}'

-- The first write is one that a full Redis refuses. It refuses a script at its first write only, so that
-- either nothing is written or everything.
if keep > 0 then
  redis.call('XADD', log, 'MAXLEN', '~', keep, seqText .. '-0', 'm', message)
else
  redis.call('XADD', log, seqText .. '-0', 'm', message)
end
redis.call('HSET', meta, 'epoch', epoch, 'run', run, 'seq', seqText, 'at', msText)
if not known[1] then
  redis.call('HSET', meta, 'kind', kind, 'createdAt', msText)
  if isPrivate then redis.call('HSET', meta, 'a', sender, 'b', partner) end
end

-- Two hashes take turns: each lives twice the time, and half-way the younger takes the older one's place. A
-- record so lives once to twice the time, for half the memory of a key with an expiry of its own.
local left = redis.call('PTTL', recorded)
if left >= 0 and left < recordMs then
  redis.call('RENAME', recorded, recordedEarlier)
  left = -2
end
redis.call('HSET', recorded, record, uuid .. ' ' .. seqText .. ' ' .. msText)
if left < 0 then redis.call('PEXPIRE', recorded, 2 * recordMs) end

local frame = '{"type":"channelMessage","channelMessage":' .. message .. '}'
local epochTag = tonumber(string.sub(epoch, 1, 8), 16)
redis.call(publish, frames, struct.pack('>I8I4I4', seq, epochTag, #frame) .. frame)
return { 'STORED', uuid, seqText, msText }
