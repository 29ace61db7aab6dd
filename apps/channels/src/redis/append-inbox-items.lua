-- Puts messages into the inboxes of their recipients and publishes the items, once per message, those of an inbox in the
-- order in which they are given: takes the next Seqs of the inbox, appends to its log, counts the messages as unread and
-- publishes. What many inboxes need is done once for all of them; each fails by itself. On a Cluster all lie in one slot.
--
-- KEYS[1..] logs: for each inbox meta (hash of the inbox, made here when it is new), log (stream of the items), unread (hash of the numbers of unread messages by channel), younger (set of the messages that were put in lately, with a clientUUID or without one as those that come are) and older (those that were put in before that)
-- ARGV[1] postedMs: least time for which a message with a clientUUID is remembered, in milliseconds
-- ARGV[2] handledMs: least time for which one without is, in milliseconds
-- ARGV[3] keep: number of newest items that stay at least
-- ARGV[4] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[5..] inboxes: for each a random UUID (the epoch if one begins), the pub/sub channel of its frames, posted or handled (with a clientUUID or without one; an inbox with both comes more than once) and the number of its messages; behind them for each of these its record (its UUID, as short as can be), UUID of its channel, 1 when it is unread and 0 otherwise, its JSON
-- Returns: for each inbox an empty text, or Redis's error, which where Redis is full changed nothing
-- Invariant: a message is put in and counted once; within an epoch each Seq is given once, without holes, in the order of publication
local postedMs = tonumber(ARGV[1])
local handledMs = tonumber(ARGV[2])
local keep = ARGV[3]
local publish = ARGV[4]
local FRAME_START, FRAME_END = '{"type":"inboxItem","inboxItem":', '}'
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE, FIELDS = 5, 5, 4, 4

-- Redis's Lua hashes every byte of every text that it makes: so no text is made that is only part of another.
local function joined(texts) return #texts == 1 and texts[1] or table.concat(texts) end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- Two sets take turns, as the hashes of append-messages.lua do.
local function memory(name, key, ends)
  local leastMs = name == 'posted' and postedMs or handledMs
  local youngerEnds, olderEnds = string.match(ends or '', '^(%d+) (%d+)$')
  return {
    name = name, younger = KEYS[key], older = KEYS[key + 1], leastMs = leastMs, asked = {}, known = {}, added = {},
    turnsAt = youngerEnds and youngerEnds - leastMs or 0, olderEnds = tonumber(olderEnds),
  }
end

local function ask(memory, half)
  local values = redis.call('SMISMEMBER', half, unpack(memory.asked))
  for index, record in ipairs(memory.asked) do memory.known[record] = memory.known[record] or values[index] == 1 end
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
  redis.call('SADD', memory.younger, unpack(memory.added))
  if ends < 0 then
    ends = now + 2 * memory.leastMs
    redis.call('PEXPIREAT', memory.younger, ends)
  end
  redis.call('HSET', meta, memory.name, string.format('%d %d', ends, math.max(olderEnds, 0)))
end

local function remember(memory, meta)
  if now >= memory.turnsAt then return takeTurns(memory, meta) end
  redis.call('SADD', memory.younger, unpack(memory.added))
end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''

local function topOf(log)
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  return newest and tonumber(string.match(newest[1], '^%d+')) or 0
end

local function tagOf(epoch) return tonumber(string.sub(epoch, 1, 8), 16) end

-- As append-messages.lua has it: a Redis process that did not write the last entry, and a log and a count that
-- disagree, mean that a tail may be lost.
local function beginEpoch(inbox, top)
  inbox.epoch, inbox.epochTag, inbox.isNewEpoch = inbox.fresh, tagOf(inbox.fresh), true
  inbox.seq, inbox.isEmpty = math.max(inbox.seq, top), top == 0
end

-- Refuses, too, where the log has come further than the count, or is gone.
local function add(inbox, id, item)
  if inbox.isEmpty then return redis.pcall('XADD', inbox.log, id, 'm', item) end
  return redis.pcall('XADD', inbox.log, 'NOMKSTREAM', 'MAXLEN', '~', keep, id, 'm', item)
end

-- The first write is one that a full Redis refuses: then nothing at all is written.
local function put(inbox, channel, isUnread, message)
  local next = inbox.seq + 1
  local seqText = string.format('%d', next)
  local item = '{"seq":' .. seqText .. ',"kind":"message","channelUUID":"' .. channel .. '","message":' .. message .. '}'
  local written = add(inbox, seqText .. '-0', item)
  if type(written) ~= 'string' then
    local top = topOf(inbox.log)
    if top ~= inbox.seq and not inbox.isNewEpoch then
      beginEpoch(inbox, top)
      return put(inbox, channel, isUnread, message)
    end
    error(written)
  end
  inbox.seq, inbox.seqText, inbox.isEmpty = next, seqText, false
  local head = struct.pack('>I8I4I4', next, inbox.epochTag, #FRAME_START + #item + #FRAME_END)
  inbox.published[#inbox.published + 1] = head .. FRAME_START .. item .. FRAME_END
  if isUnread then inbox.counts[channel] = (inbox.counts[channel] or 0) + 1 end
end

-- The log need not be read: whoever writes an entry counts it in the same step.
local function standing(key, at)
  local state = redis.call('HMGET', KEYS[key], 'epoch', 'run', 'seq', ARGV[at + 2])
  local epoch, seq = state[1], tonumber(state[3] or 0)
  local inbox = {
    meta = KEYS[key], log = KEYS[key + 1], fresh = ARGV[at], epoch = epoch, epochTag = epoch and tagOf(epoch),
    seq = seq, isEmpty = seq == 0, published = {}, counts = {},
    memory = memory(ARGV[at + 2], key + 3, state[4]),
  }
  if not epoch or state[2] ~= run then beginEpoch(inbox, topOf(inbox.log)) end
  return inbox
end

local function putAll(key, at)
  local inbox = standing(key, at)
  local memory = inbox.memory
  local first = at + ARGS_OF_ONE
  local last = first + ARGV[at + 3] * FIELDS - 1
  for field = first, last, FIELDS do table.insert(memory.asked, ARGV[field]) end
  recall(memory)
  for field = first, last, FIELDS do
    local record = ARGV[field]
    if not memory.known[record] then
      put(inbox, ARGV[field + 1], ARGV[field + 2] == '1', ARGV[field + 3])
      memory.known[record] = true
      table.insert(memory.added, record)
    end
  end
  if #inbox.published == 0 then return end
  if inbox.isNewEpoch then redis.call('HSET', inbox.meta, 'kind', 'inbox', 'epoch', inbox.epoch, 'run', run) end
  redis.call('HSET', inbox.meta, 'seq', inbox.seqText)
  for channel, count in pairs(inbox.counts) do redis.call('HINCRBY', KEYS[key + 2], channel, count) end
  remember(memory, inbox.meta)
  redis.call(publish, ARGV[at + 1], joined(inbox.published))
end

local faults = {}
local key, at = 1, FIRST
while at <= #ARGV do
  local done, fault = pcall(putAll, key, at)
  table.insert(faults, done and '' or type(fault) == 'table' and fault.err or tostring(fault))
  key, at = key + KEYS_OF_ONE, at + ARGS_OF_ONE + ARGV[at + 3] * FIELDS
end
return faults
