-- Stores messages of channels and publishes their frames, each once per record, those of a channel in the order in which
-- they are given: authorises each sender, looks which are stored already, takes the next Seqs and Redis's time, appends to
-- the log and publishes all frames of the channel at once. What many channels need is done once for all of them; each
-- fails by itself. On a Cluster all of them lie in one slot.
--
-- KEYS[1..] logs: for each channel meta (hash of the channel, made here when it is new), log (stream of the messages), posted (hash of what was stored lately with a clientUUID, by record), postedEarlier (what was stored so before that), handled (hash of what was stored lately without one, by record) and handledEarlier (what was stored so before that)
-- ARGV[1] postedMs: least time for which a record in posted is remembered, in milliseconds
-- ARGV[2] handledMs: least time for which a record in handled is remembered, in milliseconds
-- ARGV[3] keep: number of newest messages that stay at least, 0 for all
-- ARGV[4] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[5..] channels: for each its kind if it is new (general or private), the UUIDs of the two users of a private one (empty otherwise), a random UUID (the epoch if one begins, and the random bits of the messages' UUIDs), the pub/sub channel of its frames and the number of its messages; behind them for each of these the UUID of its sender, posted or handled, record, JSON of the fields between UUID and CreatedAt without braces
-- Returns: for each message "STORED <UUID> <Seq> <time in ms> <own or other: whose the message before it is>", "DUPLICATE <UUID> <Seq> <time in ms>", "FORBIDDEN" or "REFUSED <Redis's error>"; FORBIDDEN and DUPLICATE changed nothing, and REFUSED nothing where Redis is full
-- Invariant: within an epoch each Seq is given once, without holes, in the order of publication and of CreatedAt
local postedMs = tonumber(ARGV[1])
local handledMs = tonumber(ARGV[2])
local keep = ARGV[3]
local publish = ARGV[4]
local FRAME_START, FRAME_END = '{"type":"channelMessage","channelMessage":', '}'
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE, FIELDS = 5, 6, 6, 4

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
local function messageUuid(ms, seq, fresh)
  local time = string.format('%012x', ms)
  return string.format('%s-%s-7%03x-%04x-%03x%s', string.sub(time, 1, 8), string.sub(time, 9),
    math.floor(seq / 2 ^ 26) % 2 ^ 12, 2 ^ 15 + math.floor(seq / 2 ^ 12) % 2 ^ 14, seq % 2 ^ 12,
    string.sub(fresh, -9))
end

-- Redis's Lua hashes every byte of every text that it makes: so no text is made that is only part of another.
local function joined(texts) return #texts == 1 and texts[1] or table.concat(texts) end

local function memory(younger, older, leastMs)
  return { younger = younger, older = older, leastMs = leastMs, asked = {}, known = {}, added = {} }
end

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

-- A Redis process that did not write the last entry (started again, failed over) may have lost a tail of it,
-- and so may a log and a count that disagree: what comes now belongs to a new epoch.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local createdNow = rfc3339(now)

-- Writes one message. The first write is one that a full Redis refuses. It refuses a script at its first write only, so
-- that either nothing is written or everything.
local function append(channel, body)
  local next = channel.seq + 1
  local uuid = messageUuid(channel.ms, next, channel.fresh)
  local seqText = string.format('%d', next)
  local message = '{"UUID":"' .. uuid .. '",' .. body .. ',"CreatedAt":"' .. channel.createdAt .. '","Seq":' .. seqText .. '}'
  local written
  if keep ~= '0' then
    written = redis.pcall('XADD', channel.log, 'MAXLEN', '~', keep, seqText .. '-0', 'm', message)
  else
    written = redis.pcall('XADD', channel.log, seqText .. '-0', 'm', message)
  end
  if type(written) == 'table' then
    channel.fault = written.err
    return nil
  end
  channel.seq = next
  local head = struct.pack('>I8I4I4', next, channel.epochTag, #FRAME_START + #message + #FRAME_END)
  channel.published[#channel.published + 1] = head .. FRAME_START .. message .. FRAME_END
  return uuid .. ' ' .. seqText .. ' ' .. channel.msText
end

local function outcomeOf(channel, sender, memory, record, body)
  if channel.isPrivate and sender ~= channel.a and sender ~= channel.b then return 'FORBIDDEN' end
  if memory.known[record] then return 'DUPLICATE ' .. memory.known[record] end
  local stored = not channel.fault and append(channel, body)
  if not stored then return 'REFUSED ' .. channel.fault end
  memory.known[record] = stored
  table.insert(memory.added, record)
  table.insert(memory.added, stored)
  local before = channel.previous == sender and ' own' or ' other'
  channel.previous = sender
  return 'STORED ' .. stored .. before
end

local function standing(key, at)
  local meta, log = KEYS[key], KEYS[key + 1]
  local state = redis.call('HMGET', meta, 'kind', 'a', 'b', 'epoch', 'run', 'seq', 'at')
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local top = newest and tonumber(string.match(newest[1], '^%d+')) or 0
  local seq = tonumber(state[6] or 0)
  local epoch, fresh = state[4], ARGV[at + 3]
  if not epoch or state[5] ~= run or seq ~= top then epoch = fresh end
  local ms = math.max(now, tonumber(state[7] or 0))
  return {
    meta = meta, log = log, isNew = not state[1], isPrivate = (state[1] or ARGV[at]) == 'private',
    a = state[2] or ARGV[at + 1], b = state[3] or ARGV[at + 2], fresh = fresh, epoch = epoch,
    epochTag = tonumber(string.sub(epoch, 1, 8), 16), seq = math.max(seq, top),
    previous = newest and string.match(newest[2][2], '^{"UUID":"[^"]*","SenderUUID":"([^"]*)"'),
    ms = ms, msText = string.format('%d', ms), createdAt = ms == now and createdNow or rfc3339(ms), published = {},
  }
end

local function appendAll(key, at, outcomes)
  local memories = {
    posted = memory(KEYS[key + 2], KEYS[key + 3], postedMs), handled = memory(KEYS[key + 4], KEYS[key + 5], handledMs),
  }
  local first = at + ARGS_OF_ONE
  local last = first + ARGV[at + 5] * FIELDS - 1
  for field = first, last, FIELDS do table.insert(memories[ARGV[field + 1]].asked, ARGV[field + 2]) end
  recall(memories.posted)
  recall(memories.handled)
  local channel = standing(key, at)
  for field = first, last, FIELDS do
    table.insert(outcomes, outcomeOf(channel, ARGV[field], memories[ARGV[field + 1]], ARGV[field + 2], ARGV[field + 3]))
  end
  if #channel.published == 0 then return end
  local meta = { 'epoch', channel.epoch, 'run', run, 'seq', string.format('%d', channel.seq), 'at', channel.msText }
  if channel.isNew then
    redis.call('HSET', channel.meta, 'kind', ARGV[at], 'createdAt', channel.msText, unpack(meta))
    if channel.isPrivate then redis.call('HSET', channel.meta, 'a', channel.a, 'b', channel.b) end
  else
    redis.call('HSET', channel.meta, unpack(meta))
  end
  remember(memories.posted)
  remember(memories.handled)
  redis.call(publish, ARGV[at + 4], joined(channel.published))
end

local outcomes = {}
local key, at = 1, FIRST
while at <= #ARGV do
  local count, before = tonumber(ARGV[at + 5]), #outcomes
  local done, fault = pcall(appendAll, key, at, outcomes)
  if not done then
    for place = 1, count do
      outcomes[before + place] = 'REFUSED ' .. (type(fault) == 'table' and fault.err or tostring(fault))
    end
  end
  key, at = key + KEYS_OF_ONE, at + ARGS_OF_ONE + count * FIELDS
end
return outcomes
