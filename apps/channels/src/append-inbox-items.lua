-- Puts messages into the inboxes of their recipients and publishes the items, once per message, those of an inbox in the
-- order in which they are given: takes the next Seqs of the inbox, appends to its log, counts the messages as unread and
-- publishes. What many inboxes need is done once for all of them; each fails by itself. On a Cluster all lie in one slot.
--
-- KEYS[1..] logs: for each inbox meta (hash of the inbox, made here when it is new), log (stream of the items), unread (hash of the numbers of unread messages by channel), posted (set of the messages with a clientUUID that were put in lately), postedEarlier (those that were put in before that), handled (set of the messages without one that were put in lately) and handledEarlier (those that were put in before that)
-- ARGV[1] postedMs: least time for which a record in posted is remembered, in milliseconds
-- ARGV[2] handledMs: least time for which a record in handled is remembered, in milliseconds
-- ARGV[3] keep: number of newest items that stay at least
-- ARGV[4] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[5..] inboxes: for each a random UUID (the epoch if one begins), the pub/sub channel of its frames and the number of its messages; behind them for each of these posted or handled, its record (its UUID, as short as can be), UUID of its channel, 1 when it is unread and 0 otherwise, its JSON
-- Returns: for each inbox an empty text, or Redis's error, which where Redis is full changed nothing
-- Invariant: a message is put in and counted once; within an epoch each Seq is given once, without holes, in the order of publication
local postedMs = tonumber(ARGV[1])
local handledMs = tonumber(ARGV[2])
local keep = ARGV[3]
local publish = ARGV[4]
local FRAME_START, FRAME_END = '{"type":"inboxItem","inboxItem":', '}'
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE, FIELDS = 5, 7, 3, 5

-- Redis's Lua hashes every byte of every text that it makes: so no text is made that is only part of another.
local function joined(texts) return #texts == 1 and texts[1] or table.concat(texts) end

local function memory(younger, older, leastMs)
  return { younger = younger, older = older, leastMs = leastMs, asked = {}, known = {}, added = {} }
end

local function recall(memory)
  if #memory.asked == 0 then return end
  for _, half in ipairs({ memory.younger, memory.older }) do
    local values = redis.call('SMISMEMBER', half, unpack(memory.asked))
    for index, record in ipairs(memory.asked) do
      memory.known[record] = memory.known[record] or values[index] == 1
    end
  end
end

-- Two sets take turns, as the hashes of append-messages.lua do.
local function remember(memory)
  if #memory.added == 0 then return end
  local left = redis.call('PTTL', memory.younger)
  if left >= 0 and left < memory.leastMs then
    redis.call('RENAME', memory.younger, memory.older)
    left = -2
  end
  redis.call('SADD', memory.younger, unpack(memory.added))
  if left < 0 then redis.call('PEXPIRE', memory.younger, 2 * memory.leastMs) end
end

-- As append-messages.lua has it: a Redis process that did not write the last entry, and a log and a count that
-- disagree, mean that a tail may be lost.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''

local function standing(key, at)
  local state = redis.call('HMGET', KEYS[key], 'epoch', 'run', 'seq')
  local newest = redis.call('XREVRANGE', KEYS[key + 1], '+', '-', 'COUNT', 1)[1]
  local top = newest and tonumber(string.match(newest[1], '^%d+')) or 0
  local seq = tonumber(state[3] or 0)
  local epoch = state[1]
  if not epoch or state[2] ~= run or seq ~= top then epoch = ARGV[at] end
  return {
    log = KEYS[key + 1], epoch = epoch, epochTag = tonumber(string.sub(epoch, 1, 8), 16),
    seq = math.max(seq, top), published = {}, counts = {},
  }
end

-- The first write is one that a full Redis refuses: then nothing at all is written.
local function put(inbox, channel, isUnread, message)
  local next = inbox.seq + 1
  local seqText = string.format('%d', next)
  local item = '{"seq":' .. seqText .. ',"kind":"message","channelUUID":"' .. channel .. '","message":' .. message .. '}'
  redis.call('XADD', inbox.log, 'MAXLEN', '~', keep, seqText .. '-0', 'm', item)
  inbox.seq = next
  local head = struct.pack('>I8I4I4', next, inbox.epochTag, #FRAME_START + #item + #FRAME_END)
  inbox.published[#inbox.published + 1] = head .. FRAME_START .. item .. FRAME_END
  if isUnread then inbox.counts[channel] = (inbox.counts[channel] or 0) + 1 end
end

local function putAll(key, at)
  local memories = {
    posted = memory(KEYS[key + 3], KEYS[key + 4], postedMs), handled = memory(KEYS[key + 5], KEYS[key + 6], handledMs),
  }
  local first = at + ARGS_OF_ONE
  local last = first + ARGV[at + 2] * FIELDS - 1
  for field = first, last, FIELDS do table.insert(memories[ARGV[field]].asked, ARGV[field + 1]) end
  recall(memories.posted)
  recall(memories.handled)
  local inbox = standing(key, at)
  for field = first, last, FIELDS do
    local known, record = memories[ARGV[field]], ARGV[field + 1]
    if not known.known[record] then
      put(inbox, ARGV[field + 2], ARGV[field + 3] == '1', ARGV[field + 4])
      known.known[record] = true
      table.insert(known.added, record)
    end
  end
  if #inbox.published == 0 then return end
  local seq = string.format('%d', inbox.seq)
  redis.call('HSET', KEYS[key], 'kind', 'inbox', 'epoch', inbox.epoch, 'run', run, 'seq', seq)
  for channel, count in pairs(inbox.counts) do redis.call('HINCRBY', KEYS[key + 2], channel, count) end
  remember(memories.posted)
  remember(memories.handled)
  redis.call(publish, ARGV[at + 1], joined(inbox.published))
end

local faults = {}
local key, at = 1, FIRST
while at <= #ARGV do
  local done, fault = pcall(putAll, key, at)
  table.insert(faults, done and '' or type(fault) == 'table' and fault.err or tostring(fault))
  key, at = key + KEYS_OF_ONE, at + ARGS_OF_ONE + ARGV[at + 2] * FIELDS
end
return faults
