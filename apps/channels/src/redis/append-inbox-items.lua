-- Puts messages into the inboxes of their recipients, each once, those of an inbox in the order in which they are given:
-- gives each item the next Seq of the inbox, appends it to the log, counts the message as unread and publishes the items of
-- an inbox together. What many inboxes need is done once for all; each fails alone. On a Cluster all lie in one slot.
--
-- Prelude: log-append.lua
-- KEYS[1..] logs: for each inbox meta (hash of the inbox, made here when it is new), log (stream of the items), unread (hash of the numbers of unread messages by channel), younger (set of the messages that were put in lately, with a clientUUID or without one as its messages are) and older (those that were put in before that)
-- ARGV[1] postedMs: least time for which a message with a clientUUID is remembered, in milliseconds
-- ARGV[2] handledMs: least time for which a message without a clientUUID is remembered, in milliseconds
-- ARGV[3] keep: number of newest items that stay at least
-- ARGV[4] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[5..] inboxes: for each a random UUID (the epoch if one begins), the pub/sub channel of its frames, posted or handled (with a clientUUID or without one; an inbox with both is given more than once) and the number of its messages; after them, for each message, its record (its UUID, as short as can be), UUID of its channel, 1 when it is unread and 0 otherwise, its JSON
-- Returns: for each inbox an empty text, or Redis's error, which where Redis is full changed nothing
-- Invariant: a message is put in and counted once; within an epoch each Seq is given once, without holes, in the order of publication
local postedMs = tonumber(ARGV[1])
local handledMs = tonumber(ARGV[2])
local keep = ARGV[3]
local publish = ARGV[4]
local FRAME_START = '{"type":"inboxItem","inboxItem":'
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE, FIELDS = 5, 5, 4, 4

local function append(inbox, channel, isUnread, message)
  local writer = inbox.writer
  local seq = writer.seq + 1
  local text = string.format('%d', seq)
  local item = '{"seq":' .. text .. ',"kind":"message","channelUUID":"' .. channel .. '","message":' .. message .. '}'
  if not write(writer, keep, FRAME_START, seq, text, item) then
    if writer.fault then error(writer.fault, 0) end
    return append(inbox, channel, isUnread, message)
  end
  if isUnread then inbox.counts[channel] = (inbox.counts[channel] or 0) + 1 end
end

local function openInbox(key, at)
  local meta, name = KEYS[key], ARGV[at + 2]
  local known = redis.call('HMGET', meta, 'epoch', 'replid', 'seq', name)
  return {
    meta = meta, writer = openWriter(meta, KEYS[key + 1], known, ARGV[at]), counts = {},
    memory = openMemory(name, KEYS[key + 3], KEYS[key + 4], name == 'posted' and postedMs or handledMs, known[4]),
  }
end

local function appendAll(key, at)
  local inbox = openInbox(key, at)
  local meta, memory, writer = inbox.meta, inbox.memory, inbox.writer
  local first = at + ARGS_OF_ONE
  local last = first + ARGV[at + 3] * FIELDS - 1
  local asked, added = memory.asked, memory.added
  for field = first, last, FIELDS do asked[#asked + 1] = ARGV[field] end
  recall(memory, 'SMISMEMBER')
  for field = first, last, FIELDS do
    local record = ARGV[field]
    if not memory.known[record] then
      append(inbox, ARGV[field + 1], ARGV[field + 2] == '1', ARGV[field + 3])
      memory.known[record] = true
      added[#added + 1] = record
    end
  end
  if #writer.frames == 0 then return end
  recordEpoch(meta, writer)
  if writer.isNewEpoch then redis.call('HSET', meta, 'kind', 'inbox') end
  redis.call('HSET', meta, 'seq', writer.seqText)
  for channel, count in pairs(inbox.counts) do redis.call('HINCRBY', KEYS[key + 2], channel, count) end
  remember(memory, 'SADD', meta)
  publishFrames(writer, publish, ARGV[at + 1])
end

local faults = {}
local key, at = 1, FIRST
while at <= #ARGV do
  local done, fault = pcall(appendAll, key, at)
  faults[#faults + 1] = done and '' or faultText(fault)
  key, at = key + KEYS_OF_ONE, at + ARGS_OF_ONE + ARGV[at + 3] * FIELDS
end
return faults
