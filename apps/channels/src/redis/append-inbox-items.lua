-- Puts messages into the inboxes of their recipients, each once, those of an inbox in the order in which they are given, and
-- notes how far users have read: gives each item the next Seq of the inbox, appends it to the log and publishes the items of
-- an inbox together. What lowers a number of unread messages is an item too. What many inboxes need is done once for all;
-- each fails alone. On a Cluster all lie in one slot.
--
-- Prelude: positions.lua
-- KEYS[1..] logs: for each inbox meta (hash of the inbox, made here when it is new), log (stream of the items), unread (hash of the numbers of unread messages by channel), positions (hash of the places by channel), younger (set of the messages that were put in lately, with a clientUUID or without one as its messages are) and older (those that were put in before that)
-- ARGV[1] postedMs: least time for which a message with a clientUUID is remembered, in milliseconds
-- ARGV[2] handledMs: least time for which a message without a clientUUID is remembered, in milliseconds
-- ARGV[3] keep: number of newest items that stay at least
-- ARGV[4] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[5..] inboxes: for each a random UUID (the epoch if one begins), the pub/sub channel of its frames, posted or handled (with a clientUUID or without one; an inbox with both is given more than once), the number of its messages and the number of its cursors; after them, for each message, its record (its UUID, as short as can be), UUID, epoch and Seq in its channel, the Seq up to which it shows that its recipient has read (0 where it shows nothing), its JSON; then, for each cursor, UUID and epoch of the channel, the Seq up to which the user has read, the newest Seq for the user (0 for a cursor alone), the epoch that the place is in (empty for the same) and the Seq up to which the two are the same
-- Returns: for each inbox Redis's error, which where Redis is full put no message in, or the channels whose places are of other epochs and so are unchanged, each followed by that epoch
-- Invariant: a message is put in once; within an epoch each Seq is given once, without holes, in the order of publication
local postedMs = tonumber(ARGV[1])
local handledMs = tonumber(ARGV[2])
local keep = ARGV[3]
local publish = ARGV[4]
local FRAME_START = '{"type":"inboxItem","inboxItem":'
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE, MESSAGE_FIELDS, CURSOR_FIELDS = 5, 6, 5, 6, 6

local function append(writer, rest)
  local seq = writer.seq + 1
  local text = string.format('%d', seq)
  if not write(writer, keep, FRAME_START, seq, text, '{"seq":' .. text .. rest) then
    if writer.fault then error(writer.fault, 0) end
    return append(writer, rest)
  end
end

local function appendRead(writer, channel, place)
  append(writer, ',"kind":"read","channelUUID":"' .. channel .. '","readSeq":' .. string.format('%d', place.cursor) .. '}')
end

local function openPlaces(key)
  return { unread = KEYS[key + 2], positions = KEYS[key + 3], places = {}, strays = {} }
end

local function close(writer, key, at)
  local meta = KEYS[key]
  recordEpoch(meta, writer)
  if writer.isNewEpoch then redis.call('HSET', meta, 'kind', 'inbox') end
  redis.call('HSET', meta, 'seq', writer.seqText)
  publishFrames(writer, publish, ARGV[at + 1])
end

local function put(inbox, writer, field)
  local channel, epoch, seq, read = ARGV[field + 1], ARGV[field + 2], tonumber(ARGV[field + 3]), tonumber(ARGV[field + 4])
  local place = placeIn(inbox, channel, epoch, seq - 1)
  if place and read > 0 and readTo(place, read) then appendRead(writer, channel, place) end
  append(writer, ',"kind":"message","channelUUID":"' .. channel .. '","message":' .. ARGV[field + 5] .. '}')
  if place then arriveAt(place, seq) end
end

local function putAll(key, at)
  local inbox, name = openPlaces(key), ARGV[at + 2]
  local first = at + ARGS_OF_ONE
  local last = first + ARGV[at + 3] * MESSAGE_FIELDS - 1
  if last < first then return inbox.strays end
  local known = redis.call('HMGET', KEYS[key], 'epoch', 'replid', 'seq', name .. 'In', name)
  local writer = openWriter(KEYS[key], KEYS[key + 1], known, ARGV[at])
  local memory = openMemory(name, KEYS[key + 4], KEYS[key + 5], name == 'posted' and postedMs or handledMs, known[4], known[5])
  local asked, added = memory.asked, memory.added
  for field = first, last, MESSAGE_FIELDS do asked[#asked + 1] = ARGV[field] end
  recall(memory, 'SMISMEMBER')
  for field = first, last, MESSAGE_FIELDS do
    local record = ARGV[field]
    if not memory.known[record] then
      put(inbox, writer, field)
      memory.known[record] = true
      added[#added + 1] = record
    end
  end
  if #writer.frames == 0 then return inbox.strays end
  savePlaces(inbox)
  remember(memory, 'SADD', KEYS[key])
  close(writer, key, at)
  return inbox.strays
end

local function moveCursors(key, at)
  local inbox, lowered = openPlaces(key), {}
  local first = at + ARGS_OF_ONE + ARGV[at + 3] * MESSAGE_FIELDS
  local last = first + ARGV[at + 4] * CURSOR_FIELDS - 1
  for field = first, last, CURSOR_FIELDS do
    local channel, epoch, read, newest, was, common = unpack(ARGV, field, field + CURSOR_FIELDS - 1)
    if was ~= '' then rebase(inbox, channel, was, epoch, tonumber(common)) end
    local place = placeIn(inbox, channel, epoch, tonumber(read))
    if place then
      place.newest, place.isRead = math.max(place.newest, tonumber(newest)), true
      if readTo(place, tonumber(read)) then lowered[channel] = place end
    end
  end
  savePlaces(inbox)
  if not next(lowered) then return inbox.strays end
  local writer = openWriter(KEYS[key], KEYS[key + 1], redis.call('HMGET', KEYS[key], 'epoch', 'replid', 'seq'), ARGV[at])
  for channel, place in pairs(lowered) do appendRead(writer, channel, place) end
  close(writer, key, at)
  return inbox.strays
end

local outcomes, starts = {}, {}
local function each(work)
  for number, start in ipairs(starts) do
    local done, strays = pcall(work, start.key, start.at)
    if not done then outcomes[number] = faultText(strays) end
    if done and type(outcomes[number]) == 'table' then
      for _, text in ipairs(strays) do table.insert(outcomes[number], text) end
    end
  end
end

local key, at = 1, FIRST
while at <= #ARGV do
  starts[#starts + 1], outcomes[#outcomes + 1] = { key = key, at = at }, {}
  key = key + KEYS_OF_ONE
  at = at + ARGS_OF_ONE + ARGV[at + 3] * MESSAGE_FIELDS + ARGV[at + 4] * CURSOR_FIELDS
end
-- Messages first: a full Redis refuses the first write that is no deletion, and allows all that follow a deletion.
each(putAll)
each(moveCursors)
return outcomes
