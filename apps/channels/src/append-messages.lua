-- Stores messages of one channel and publishes their frames, each once per record, in the order in which they are given:
-- authorises each sender, looks which are stored already, takes the next Seqs and Redis's time, appends to the log and
-- publishes all frames at once.
--
-- KEYS[1] meta: hash of the channel, made here when the channel is new
-- KEYS[2] log: stream of the messages
-- KEYS[3] posted: hash of what was stored lately with a clientUUID, by record
-- KEYS[4] postedEarlier: hash of what was stored so before that
-- KEYS[5] handled: hash of what was stored lately without one, by record
-- KEYS[6] handledEarlier: hash of what was stored so before that
-- ARGV[1] kind: general or private, for a channel that is new
-- ARGV[2] one: UUID of one user of a private channel, empty otherwise
-- ARGV[3] other: UUID of its other user, empty otherwise
-- ARGV[4] fresh: random UUID, the epoch if one begins and the random bits of the messages' UUIDs
-- ARGV[5] postedMs: least time for which a record in posted is remembered, in milliseconds
-- ARGV[6] handledMs: least time for which a record in handled is remembered, in milliseconds
-- ARGV[7] keep: number of newest messages that stay at least, 0 for all
-- ARGV[8] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[9] frames: pub/sub channel of the frames
-- ARGV[10..] messages: for each UUID of its sender, posted or handled, record, JSON of the fields between UUID and CreatedAt without braces
-- Returns: for each message "STORED <UUID> <Seq> <time in ms> <own or other: whose the message before it is>", "DUPLICATE <UUID> <Seq> <time in ms>", "FORBIDDEN" or "REFUSED <Redis's error>"; the last three changed nothing
-- Invariant: within an epoch each Seq is given once, without holes, in the order of publication and of CreatedAt; what is refused changes nothing
local meta = KEYS[1]
local log = KEYS[2]
local posted = KEYS[3]
local postedEarlier = KEYS[4]
local handled = KEYS[5]
local handledEarlier = KEYS[6]
local kind = ARGV[1]
local one = ARGV[2]
local other = ARGV[3]
local fresh = ARGV[4]
local postedMs = tonumber(ARGV[5])
local handledMs = tonumber(ARGV[6])
local keep = tonumber(ARGV[7])
local publish = ARGV[8]
local frames = ARGV[9]
local FIRST, FIELDS = 10, 4

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

local memories = {
  posted = { younger = posted, older = postedEarlier, leastMs = postedMs, asked = {}, known = {}, added = {} },
  handled = { younger = handled, older = handledEarlier, leastMs = handledMs, asked = {}, known = {}, added = {} },
}

local function recall(memory)
  if #memory.asked == 0 then return end
  for _, half in ipairs({ memory.younger, memory.older }) do
    local values = redis.call('HMGET', half, unpack(memory.asked))
    for index, record in ipairs(memory.asked) do
      memory.known[record] = memory.known[record] or values[index]
    end
  end
end

-- Two hashes take turns: each lives twice the time, and half-way the younger takes the older one's place. A
-- record so lives once to twice the time, for half the memory of a key with an expiry of its own.
local function remember(memory)
  if #memory.added == 0 then return end
  local left = redis.call('PTTL', memory.younger)
  if left >= 0 and left < memory.leastMs then
    redis.call('RENAME', memory.younger, memory.older)
    left = -2
  end
  redis.call('HSET', memory.younger, unpack(memory.added))
  if left < 0 then redis.call('PEXPIRE', memory.younger, 2 * memory.leastMs) end
end

local state = redis.call('HMGET', meta, 'kind', 'a', 'b', 'epoch', 'run', 'seq', 'at')
local isPrivate = (state[1] or kind) == 'private'
local a, b = state[2] or one, state[3] or other
for at = FIRST, #ARGV, FIELDS do table.insert(memories[ARGV[at + 1]].asked, ARGV[at + 2]) end
recall(memories.posted)
recall(memories.handled)

-- A Redis process that did not write the last entry (started again, failed over) may have lost a tail of it,
-- and so may a log and a count that disagree: what comes now belongs to a new epoch.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local top = newest and tonumber(string.match(newest[1], '^%d+')) or 0
local seq = tonumber(state[6] or 0)
local epoch = state[4]
if not epoch or state[5] ~= run or seq ~= top then epoch = fresh end
seq = math.max(seq, top)
local previous = newest and string.match(newest[2][2], '^{"UUID":"[^"]*","SenderUUID":"([^"]*)"')

local now = redis.call('TIME')
local ms = math.max(tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000), tonumber(state[7] or 0))
local msText = string.format('%.0f', ms)
local createdAt = rfc3339(ms)
local epochTag = tonumber(string.sub(epoch, 1, 8), 16)

local published = {}
local fault

-- The first write is one that a full Redis refuses. It refuses a script at its first write only, so that
-- either nothing is written or everything.
local function append(body)
  local next = seq + 1
  local uuid = messageUuid(ms, next)
  local seqText = string.format('%.0f', next)
  local message = '{"UUID":"' .. uuid .. '",' .. body .. ',"CreatedAt":"' .. createdAt .. '","Seq":' .. seqText .. '}'
  local written
  if keep > 0 then
    written = redis.pcall('XADD', log, 'MAXLEN', '~', keep, seqText .. '-0', 'm', message)
  else
    written = redis.pcall('XADD', log, seqText .. '-0', 'm', message)
  end
  if type(written) == 'table' then
    fault = written.err
    return nil
  end
  seq = next
  local frame = '{"type":"channelMessage","channelMessage":' .. message .. '}'
  table.insert(published, struct.pack('>I8I4I4', seq, epochTag, #frame) .. frame)
  return uuid .. ' ' .. seqText .. ' ' .. msText
end

local function outcomeOf(sender, memory, record, body)
  if isPrivate and sender ~= a and sender ~= b then return 'FORBIDDEN' end
  if memory.known[record] then return 'DUPLICATE ' .. memory.known[record] end
  local stored = not fault and append(body)
  if not stored then return 'REFUSED ' .. fault end
  memory.known[record] = stored
  table.insert(memory.added, record)
  table.insert(memory.added, stored)
  local before = previous == sender and ' own' or ' other'
  previous = sender
  return 'STORED ' .. stored .. before
end

local outcomes = {}
for at = FIRST, #ARGV, FIELDS do
  table.insert(outcomes, outcomeOf(ARGV[at], memories[ARGV[at + 1]], ARGV[at + 2], ARGV[at + 3]))
end
if #published == 0 then return outcomes end

redis.call('HSET', meta, 'epoch', epoch, 'run', run, 'seq', string.format('%.0f', seq), 'at', msText)
if not state[1] then
  redis.call('HSET', meta, 'kind', kind, 'createdAt', msText)
  if isPrivate then redis.call('HSET', meta, 'a', a, 'b', b) end
end
remember(memories.posted)
remember(memories.handled)
redis.call(publish, frames, table.concat(published))
return outcomes
