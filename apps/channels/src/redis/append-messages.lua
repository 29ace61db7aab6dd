-- Stores messages of channels and publishes their frames, each once per record, those of a channel in the order in which
-- they are given: authorises each sender, looks which are stored already, takes the next Seqs and Redis's time, appends to
-- the log and publishes all frames of the channel at once. What many channels need is done once for all of them; each
-- fails by itself. On a Cluster all of them lie in one slot.
--
-- KEYS[1..] logs: for each channel meta (hash of the channel, made here when it is new), log (stream of the messages), younger (hash of what was stored lately, by record, with a clientUUID or without one as its messages are) and older (what was stored so before that)
-- ARGV[1] postedMs: least time for which a message with a clientUUID is remembered, in milliseconds
-- ARGV[2] handledMs: least time for which one without is, in milliseconds
-- ARGV[3] keep: number of newest messages that stay at least, 0 for all
-- ARGV[4] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[5..] channels: for each its kind if it is new (general or private), the UUIDs of the two users of a private one (empty otherwise), a random UUID (the epoch if one begins, and the random bits of the messages' UUIDs), the pub/sub channel of its frames, posted or handled (with a clientUUID or without one; a channel with both comes more than once) and the number of its messages; behind them for each of these the UUID of its sender, record, JSON of the fields between UUID and CreatedAt without braces
-- Returns: for each message "STORED <UUID> <Seq> <time in ms> <own or other: whose the message before it is>", "DUPLICATE <UUID> <Seq> <time in ms>", "FORBIDDEN" or "REFUSED <Redis's error>"; FORBIDDEN and DUPLICATE changed nothing, and REFUSED nothing where Redis is full
-- Invariant: within an epoch each Seq is given once, without holes, in the order of publication and of CreatedAt
local postedMs = tonumber(ARGV[1])
local handledMs = tonumber(ARGV[2])
local keep = ARGV[3] == '0' and '9007199254740991' or ARGV[3] -- 2 ^ 53 - 1: more than there can be
local publish = ARGV[4]
local FRAME_START, FRAME_END = '{"type":"channelMessage","channelMessage":', '}'
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE, FIELDS = 5, 4, 7, 3

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

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local createdNow = rfc3339(now)

-- Two hashes take turns: each lives twice the time, and half-way the younger takes the older one's place. A record so lives
-- once to twice the time, for half the memory of a key with an expiry of its own. Meta has when both end: before the turn
-- nobody has moved them since, so that the older need not be asked once it has ended. Where meta does not have it (the
-- version before wrote here), it is as if it were time for the turn.
local function memory(name, key, ends)
  local leastMs = name == 'posted' and postedMs or handledMs
  local youngerEnds, olderEnds = string.match(ends or '', '^(%d+) (%d+)$')
  return {
    name = name, younger = KEYS[key], older = KEYS[key + 1], leastMs = leastMs, asked = {}, known = {}, added = {},
    turnsAt = youngerEnds and youngerEnds - leastMs or 0, olderEnds = tonumber(olderEnds),
  }
end

local function ask(memory, half)
  local values = redis.call('HMGET', half, unpack(memory.asked))
  for index, record in ipairs(memory.asked) do memory.known[record] = memory.known[record] or values[index] end
end

local function recall(memory)
  ask(memory, memory.younger)
  if now >= memory.turnsAt or now < memory.olderEnds then ask(memory, memory.older) end
end

local function takeTurns(memory, meta)
  local ends, olderEnds = redis.call('PEXPIRETIME', memory.younger), redis.call('PEXPIRETIME', memory.older)
  if ends >= 0 and ends - now < memory.leastMs then
    redis.call('RENAME', memory.younger, memory.older)
    ends, olderEnds = -2, ends
  end
  redis.call('HSET', memory.younger, unpack(memory.added))
  if ends < 0 then
    ends = now + 2 * memory.leastMs
    redis.call('PEXPIREAT', memory.younger, ends)
  end
  redis.call('HSET', meta, memory.name, string.format('%d %d', ends, math.max(olderEnds, 0)))
end

local function remember(memory, meta)
  if now >= memory.turnsAt then return takeTurns(memory, meta) end
  redis.call('HSET', memory.younger, unpack(memory.added))
end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''

local function topOf(log)
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  return newest and tonumber(string.match(newest[1], '^%d+')) or 0
end

local function tagOf(epoch) return tonumber(string.sub(epoch, 1, 8), 16) end

-- A Redis process that did not write the last entry (started again, failed over) may have lost a tail of it,
-- and so may a log and a count that disagree: what comes now belongs to a new epoch.
local function beginEpoch(channel, top)
  channel.epoch, channel.epochTag, channel.isNewEpoch = channel.fresh, tagOf(channel.fresh), true
  channel.seq, channel.isEmpty, channel.by = math.max(channel.seq, top), top == 0, nil
end

-- Refuses, too, where the log has come further than the count, or is gone.
local function add(channel, id, message)
  if channel.isEmpty then return redis.pcall('XADD', channel.log, id, 'm', message) end
  return redis.pcall('XADD', channel.log, 'NOMKSTREAM', 'MAXLEN', '~', keep, id, 'm', message)
end

-- Writes one message. The first write is one that a full Redis refuses. It refuses a script at its first write only, so
-- that either nothing is written or everything.
local function append(channel, sender, body)
  local next = channel.seq + 1
  local uuid = messageUuid(channel.ms, next, channel.fresh)
  local seqText = string.format('%d', next)
  local message = '{"UUID":"' .. uuid .. '",' .. body .. ',"CreatedAt":"' .. channel.createdAt .. '","Seq":' .. seqText .. '}'
  local written = add(channel, seqText .. '-0', message)
  if type(written) ~= 'string' then
    local top = topOf(channel.log)
    if top ~= channel.seq and not channel.isNewEpoch then
      beginEpoch(channel, top)
      return append(channel, sender, body)
    end
    channel.fault = written.err
    return nil
  end
  local before = channel.by == channel.seqText .. ' ' .. sender and ' own' or ' other'
  channel.seq, channel.seqText, channel.isEmpty, channel.by = next, seqText, false, seqText .. ' ' .. sender
  local head = struct.pack('>I8I4I4', next, channel.epochTag, #FRAME_START + #message + #FRAME_END)
  channel.published[#channel.published + 1] = head .. FRAME_START .. message .. FRAME_END
  return uuid .. ' ' .. seqText .. ' ' .. channel.msText, before
end

local function outcomeOf(channel, sender, record, body)
  local memory = channel.memory
  if channel.isPrivate and sender ~= channel.a and sender ~= channel.b then return 'FORBIDDEN' end
  if memory.known[record] then return 'DUPLICATE ' .. memory.known[record] end
  if channel.fault then return 'REFUSED ' .. channel.fault end
  local stored, before = append(channel, sender, body)
  if not stored then return 'REFUSED ' .. channel.fault end
  memory.known[record] = stored
  memory.added[#memory.added + 1] = record
  memory.added[#memory.added + 1] = stored
  return 'STORED ' .. stored .. before
end

-- The log need not be read: whoever writes an entry counts it in the same step.
local function standing(key, at)
  local meta = KEYS[key]
  local state = redis.call('HMGET', meta, 'kind', 'a', 'b', 'epoch', 'run', 'seq', 'at', 'by', ARGV[at + 5])
  local epoch, seq = state[4], tonumber(state[6] or 0)
  local ms = math.max(now, tonumber(state[7] or 0))
  local channel = {
    meta = meta, log = KEYS[key + 1], isNew = not state[1], isPrivate = (state[1] or ARGV[at]) == 'private',
    a = state[2] or ARGV[at + 1], b = state[3] or ARGV[at + 2], fresh = ARGV[at + 3],
    epoch = epoch, epochTag = epoch and tagOf(epoch), seq = seq, seqText = state[6] or '0', isEmpty = seq == 0, by = state[8],
    ms = ms, msText = string.format('%d', ms), createdAt = ms == now and createdNow or rfc3339(ms), published = {},
    memory = memory(ARGV[at + 5], key + 2, state[9]),
  }
  if not epoch or state[5] ~= run then beginEpoch(channel, topOf(channel.log)) end
  return channel
end

local function appendAll(key, at, outcomes)
  local channel = standing(key, at)
  local first = at + ARGS_OF_ONE
  local last = first + ARGV[at + 6] * FIELDS - 1
  for field = first, last, FIELDS do table.insert(channel.memory.asked, ARGV[field + 1]) end
  recall(channel.memory)
  for field = first, last, FIELDS do
    table.insert(outcomes, outcomeOf(channel, ARGV[field], ARGV[field + 1], ARGV[field + 2]))
  end
  if #channel.published == 0 then return end
  if channel.isNew then
    redis.call('HSET', channel.meta, 'kind', ARGV[at], 'createdAt', channel.msText)
    if channel.isPrivate then redis.call('HSET', channel.meta, 'a', channel.a, 'b', channel.b) end
  end
  if channel.isNewEpoch then redis.call('HSET', channel.meta, 'epoch', channel.epoch, 'run', run) end
  redis.call('HSET', channel.meta, 'seq', channel.seqText, 'at', channel.msText, 'by', channel.by)
  remember(channel.memory, channel.meta)
  redis.call(publish, ARGV[at + 4], joined(channel.published))
end

local outcomes = {}
local key, at = 1, FIRST
while at <= #ARGV do
  local count, before = tonumber(ARGV[at + 6]), #outcomes
  local done, fault = pcall(appendAll, key, at, outcomes)
  if not done then
    for place = 1, count do
      outcomes[before + place] = 'REFUSED ' .. (type(fault) == 'table' and fault.err or tostring(fault))
    end
  end
  key, at = key + KEYS_OF_ONE, at + ARGS_OF_ONE + count * FIELDS
end
return outcomes
