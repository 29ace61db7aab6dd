-- Puts messages, and whatever else users are told of, into their inboxes, each once, those of an inbox in the order in which they are
-- given, and notes how far users have read: gives each item the next Seq of the inbox, appends it to the log and publishes the items
-- of an inbox together. What lowers a number of unread messages is an item too. What many inboxes need is done once for all;
-- each fails alone. On a Cluster all lie in one slot.
--
-- Prelude: inbox-append.lua
-- KEYS[1..] logs: for each change meta (hash of the inbox, with the places by channel, made here when it is new), log (stream of the items) and unread (hash of the numbers of unread messages by channel); where it puts something in, also younger (set of what was put in lately, messages without a clientUUID or everything else) and older (those that were put in before that)
-- ARGV[1] postedMs: least time for which a message with a clientUUID, and whatever is no message, is remembered, in milliseconds
-- ARGV[2] handledMs: least time for which a message without a clientUUID is remembered, in milliseconds
-- ARGV[3] keep: number of newest items that stay at least
-- ARGV[4] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frames are returned and not published
-- ARGV[5] fresh: a random UUID (the epoch where one begins)
-- ARGV[6..] changes: for each the pub/sub channel of the inbox's frames, what it is and the number of its fields; then the fields. It is posted or handled (messages with a clientUUID or without one: for each its record, which is its UUID as short as can be, the UUID and epoch of its channel, its Seq and number there, how many messages its recipient has read as far as it shows or 0, the Seq up to which that is, its UUID, its JSON, how many messages there were before it for one who has no place, its member in the list of received messages or nothing for one of a group), noted (other items: for each its record, its JSON after the Seq with the last brace, the JSON of the message that it is about or nothing), read (cursors: for each UUID and epoch of the channel, how many messages the user has read, the Seq up to which that is, and what is told: lowered where fewer messages are unread, known where there is a place already and fewer are unread, moved where the cursor moves) or rebased (cursors whose places are of other epochs: also the number of the newest message for the user or 0, the epoch that the place is in and how many messages the two have in common). Cursors come last: a full Redis refuses the first write that is no deletion, and allows all that follow a deletion
-- Returns: with RETURN, a list of what follows and of the frames (see unpublished); for each change Redis's error, which where Redis is full put no message in, or the channels whose places are of other epochs and so are unchanged, each followed by that epoch
-- Invariant: a message is put in once, in one step with its place in the list of received messages, and no text of it is stored; within an epoch each Seq is given once, without holes, in the order of publication
local postedMs = tonumber(ARGV[1])
local handledMs = tonumber(ARGV[2])
local keep = ARGV[3]
local publish = ARGV[4]
local fresh = ARGV[5]
local FIRST, ARGS_OF_ONE = 6, 3
local MESSAGE_FIELDS, NOTE_FIELDS = 11, 3
local CURSOR_FIELDS = { read = 5, rebased = 8 }
local KEYS_OF_ONE = { posted = 5, handled = 5, noted = 5, read = 3, rebased = 3 }

-- Adds to `known` the channels in every `step`th field.
local function open(meta, unread, known, first, last, step)
  local count = #known
  for field = first, last, step do known[#known + 1] = ARGV[field] end
  return openInbox(meta, unread, known, count)
end

-- What an item holds after its Seq, and what its frame shows of its message, if it has one.
local function itemAt(kind, field)
  if kind == 'noted' then return ARGV[field + 1], ARGV[field + 2] end
  return messageItem(ARGV[field + 1], ARGV[field + 7], ARGV[field + 3]), ARGV[field + 8]
end

local function put(inbox, writer, kind, field)
  local rest, message = itemAt(kind, field)
  if kind == 'noted' then return appendItem(writer, keep, rest, message ~= '' and message or nil) end
  local channel, epoch, seq, number, read, readSeq = unpack(ARGV, field + 1, field + 6)
  local place = placeIn(inbox, channel, epoch, tonumber(ARGV[field + 9]))
  putMessage(inbox, writer, keep, place, channel, seq, number, tonumber(read), readSeq, rest, message, ARGV[field + 10])
end

-- What the frame of an item shows of its message, where that item is among those of the fields.
local function messageAmong(kind, first, last, step)
  return function(item)
    for field = first, last, step do
      local rest, message = itemAt(kind, field)
      if string.sub(item, -#rest) == rest then return message ~= '' and message or nil end
    end
  end
end

local function putAll(key, frames, kind, first, last)
  local meta, name = KEYS[key], kind == 'noted' and 'posted' or kind
  local step = kind == 'noted' and NOTE_FIELDS or MESSAGE_FIELDS
  local inbox = open(meta, KEYS[key + 2], { 'epoch', 'replid', 'seq', 'changes', name .. 'In', name, 'listed' }, first + 1,
    kind == 'noted' and first or last, step)
  inbox.received = {}
  local known = inbox.known
  local writer = openWriter(meta, KEYS[key + 1], known, fresh)
  local memory = openMemory(name, KEYS[key + 3], KEYS[key + 4], name == 'posted' and postedMs or handledMs, known[5], known[6])
  local asked, added = memory.asked, memory.added
  for field = first, last, step do asked[#asked + 1] = ARGV[field] end
  recall(memory, 'SMISMEMBER')
  for field = first, last, step do
    local record = ARGV[field]
    if not memory.known[record] then
      put(inbox, writer, kind, field)
      memory.known[record] = true
      added[#added + 1] = record
    end
  end
  if #writer.frames == 0 then
    publishAgain(writer.log, known[1], ITEM_START, publish, frames, messageAmong(kind, first, last, step))
    return inbox.strays
  end
  remember(memory, 'SADD', meta)
  closeInbox(inbox, writer, publish, frames, known[7])
  return inbox.strays
end

-- Moves one cursor. Returns whether that is told.
local function moveCursor(inbox, kind, field)
  local channel, epoch, read, tells = ARGV[field], ARGV[field + 1], tonumber(ARGV[field + 2]), ARGV[field + 4]
  if tells == 'known' and not inbox.saved[channel] and not inbox.places[channel] then return false end
  if kind == 'rebased' then rebase(inbox, channel, ARGV[field + 6], epoch, tonumber(ARGV[field + 7])) end
  local place = placeIn(inbox, channel, epoch, read)
  if not place then return false end
  if kind == 'rebased' then place.newest = math.max(place.newest, tonumber(ARGV[field + 5])) end
  local before = place.cursor
  local isLowered = countRead(inbox, channel, place, read)
  return isLowered or tells == 'moved' and place.cursor > before
end

local function moveCursors(key, frames, kind, first, last)
  local meta, step, told = KEYS[key], CURSOR_FIELDS[kind], {}
  local inbox = open(meta, KEYS[key + 2], { 'epoch', 'replid', 'seq', 'changes', 'listed' }, first, last, step)
  for field = first, last, step do
    local channel, seq = ARGV[field], tonumber(ARGV[field + 3])
    if moveCursor(inbox, kind, field) then told[channel] = math.max(told[channel] or 0, seq) end
  end
  if next(told) then
    local writer = openWriter(meta, KEYS[key + 1], inbox.known, fresh)
    for channel, seq in pairs(told) do appendRead(writer, keep, channel, seq) end
    closeInbox(inbox, writer, publish, frames, inbox.known[5])
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
