-- Puts messages into the inboxes of their recipients, each once, those of an inbox in the order in which they are given, and
-- notes how far users have read: gives each item the next Seq of the inbox, appends it to the log and publishes the items of
-- an inbox together. What lowers a number of unread messages is an item too. What many inboxes need is done once for all;
-- each fails alone. On a Cluster all lie in one slot.
--
-- Prelude: positions.lua
-- KEYS[1..] logs: for each change meta (hash of the inbox, with the places by channel, made here when it is new), log (stream of the items) and unread (hash of the numbers of unread messages by channel); where it puts messages in, also younger (set of the messages that were put in lately, with a clientUUID or without one as its messages are) and older (those that were put in before that)
-- ARGV[1] postedMs: least time for which a message with a clientUUID is remembered, in milliseconds
-- ARGV[2] handledMs: least time for which a message without a clientUUID is remembered, in milliseconds
-- ARGV[3] keep: number of newest items that stay at least
-- ARGV[4] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frames are returned and not published
-- ARGV[5] fresh: a random UUID (the epoch where one begins)
-- ARGV[6..] changes: for each the pub/sub channel of the inbox's frames, what it is and the number of its fields; then the fields. It is posted or handled (messages with a clientUUID or without one: for each its record, which is its UUID as short as can be, the UUID and epoch of its channel, its Seq and number there, how many messages it shows that its recipient has read or 0, its UUID, its JSON), read (cursors: for each UUID and epoch of the channel, how many messages the user has read, and the Seq up to which that is) or rebased (cursors whose places are of other epochs: also the number of the newest message for the user or 0, the epoch that the place is in and how many messages the two have in common). Cursors come last: a full Redis refuses the first write that is no deletion, and allows all that follow a deletion
-- Returns: with RETURN, a list of what follows and of the frames (see unpublished); for each change Redis's error, which where Redis is full put no message in, or the channels whose places are of other epochs and so are unchanged, each followed by that epoch
-- Invariant: a message is put in once, and no text of it is stored; within an epoch each Seq is given once, without holes, in the order of publication
local postedMs = tonumber(ARGV[1])
local handledMs = tonumber(ARGV[2])
local keep = ARGV[3]
local publish = ARGV[4]
local fresh = ARGV[5]
local FRAME_START = '{"type":"inboxItem","inboxItem":'
local FIRST, ARGS_OF_ONE, MESSAGE_FIELDS = 6, 3, 8
local CURSOR_FIELDS = { read = 4, rebased = 7 }
local KEYS_OF_ONE = { posted = 5, handled = 5, read = 3, rebased = 3 }

local function append(writer, rest, message)
  local seq = writer.seq + 1
  local text = string.format('%d', seq)
  if not write(writer, keep, FRAME_START, seq, text, '{"seq":' .. text .. rest, message) then
    if writer.fault then error(writer.fault, 0) end
    return append(writer, rest, message)
  end
end

local function appendRead(writer, channel, seq)
  append(writer, ',"kind":"read","channelUUID":"' .. channel .. '","readSeq":' .. string.format('%d', seq) .. '}')
end

local function close(inbox, writer, frames)
  recordEpoch(inbox.meta, writer)
  if writer.isNewEpoch then redis.call('HSET', inbox.meta, 'kind', 'inbox') end
  redis.call('HSET', inbox.meta, unpack(savePlaces(inbox, { 'seq', writer.seqText })))
  publishFrames(writer, publish, frames)
end

-- Adds to `known` the channels in every `step`th field.
local function open(meta, unread, known, first, last, step)
  local count = #known
  for field = first, last, step do known[#known + 1] = ARGV[field] end
  return openInbox(meta, unread, known, count)
end

local function put(inbox, writer, field)
  local channel, seq, number, read = ARGV[field + 1], ARGV[field + 3], tonumber(ARGV[field + 4]), tonumber(ARGV[field + 5])
  local place = placeIn(inbox, channel, ARGV[field + 2], number - 1)
  if place and readTo(inbox, channel, place, read) then appendRead(writer, channel, seq - 1) end
  append(writer, ',"kind":"message","channelUUID":"' .. channel .. '","UUID":"' .. ARGV[field + 6]
    .. '","messageSeq":' .. seq .. '}', ARGV[field + 7])
  if place then arriveAt(place, number) end
end

-- What the frame of an item shows of its message, where that is among those of the fields.
local function messageAmong(first, last)
  return function(item)
    local uuid = string.match(item, '"UUID":"([^"]*)","messageSeq"')
    for field = first, last, MESSAGE_FIELDS do
      if ARGV[field + 6] == uuid then return ARGV[field + 7] end
    end
  end
end

local function putAll(key, frames, name, first, last)
  local meta = KEYS[key]
  local inbox = open(meta, KEYS[key + 2], { 'epoch', 'replid', 'seq', 'changes', name .. 'In', name }, first + 1, last, MESSAGE_FIELDS)
  local known = inbox.known
  local writer = openWriter(meta, KEYS[key + 1], known, fresh)
  local memory = openMemory(name, KEYS[key + 3], KEYS[key + 4], name == 'posted' and postedMs or handledMs, known[5], known[6])
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
  if #writer.frames == 0 then
    publishAgain(writer.log, known[1], FRAME_START, publish, frames, messageAmong(first, last))
    return inbox.strays
  end
  remember(memory, 'SADD', meta)
  close(inbox, writer, frames)
  return inbox.strays
end

local function moveCursors(key, frames, kind, first, last)
  local meta, step, lowered = KEYS[key], CURSOR_FIELDS[kind], {}
  local inbox = open(meta, KEYS[key + 2], { 'epoch', 'replid', 'seq', 'changes' }, first, last, step)
  for field = first, last, step do
    local channel, epoch, read, seq = ARGV[field], ARGV[field + 1], tonumber(ARGV[field + 2]), tonumber(ARGV[field + 3])
    if kind == 'rebased' then rebase(inbox, channel, ARGV[field + 5], epoch, tonumber(ARGV[field + 6])) end
    local place = placeIn(inbox, channel, epoch, read)
    if place then
      if kind == 'rebased' then place.newest = math.max(place.newest, tonumber(ARGV[field + 4])) end
      if countRead(inbox, channel, place, read) then lowered[channel] = math.max(lowered[channel] or 0, seq) end
    end
  end
  if next(lowered) then
    local writer = openWriter(meta, KEYS[key + 1], inbox.known, fresh)
    for channel, seq in pairs(lowered) do appendRead(writer, channel, seq) end
    close(inbox, writer, frames)
  else
    local changed = savePlaces(inbox, {})
    if #changed > 0 then redis.call('HSET', meta, unpack(changed)) end
  end
  return inbox.strays
end

local outcomes = {}
local key, at = 1, FIRST
while at <= #ARGV do
  local frames, kind, first = ARGV[at], ARGV[at + 1], at + ARGS_OF_ONE
  local last = first + ARGV[at + 2] - 1
  local done, outcome = pcall(CURSOR_FIELDS[kind] and moveCursors or putAll, key, frames, kind, first, last)
  outcomes[#outcomes + 1] = done and outcome or faultText(outcome)
  key, at = key + KEYS_OF_ONE[kind], last + 1
end
return answer(outcomes, publish)
