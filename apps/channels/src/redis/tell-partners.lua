-- Puts private messages into the inboxes of their recipients in the step that stores them, and notes that their senders have read the
-- channels. So a message that is stored here needs no memory in the inbox: what is sent again is found in its channel, which says so.
--
-- Prelude: inbox-append.lua
-- Defines: tellPartner, tellAgain, changeInboxes
-- Invariant: what is marked as told has been put into its inbox; what is not marked has not been

-- A message in the list of received ones: see received-member.ts.
local MEMBER = '%012x%04x%04x%012x%s'

local BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

local function digits(into, number, count)
  local first = #into
  for place = first + count, first + 1, -1 do
    local digit = number % 64
    into[place] = string.byte(BASE64URL, digit + 1)
    number = (number - digit) / 64
  end
end

-- The 22 digits of base64url of a message's UUID. No part has more than 53 bits.
local function digitsOfId(ms, high, middle, low)
  local bytes, between = {}, high * 2 ^ 16 + middle
  digits(bytes, ms, 8)
  digits(bytes, math.floor(between / 4), 5)
  local rest = between % 4 * 2 ^ 48 + low
  digits(bytes, math.floor(rest / 4), 8)
  digits(bytes, rest % 4 * 16, 1)
  return string.char(unpack(bytes))
end

local inboxes, inOrder = {}, {}
local FIELDS_OF_INBOX = 7
local HALVES_AT = { posted = 6, handled = 7 }

local function inboxOf(place, telling)
  local inbox = inboxes[place.meta]
  if not inbox then
    inbox = {
      user = place.user, meta = place.meta, frames = place.frames, fresh = telling.fresh, tellings = {}, channels = {},
      fields = { 'epoch', 'replid', 'seq', 'changes', 'listed', 'posted', 'handled' },
    }
    inboxes[place.meta], inOrder[#inOrder + 1] = inbox, inbox
  end
  if not inbox.channels[telling.channel] then
    inbox.channels[telling.channel] = true
    inbox.fields[#inbox.fields + 1] = telling.channel
  end
  return inbox
end

-- Takes note of a message that is stored. `recipient` and `sender` are their inboxes: user, meta and the pub/sub channel of the frames.
-- A sender whose message before was their own has read the channel already.
local function tellPartner(telling, recipient, sender)
  local inbox = inboxOf(recipient, telling)
  inbox.tellings[#inbox.tellings + 1] = telling
  if telling.isNoted then return end
  local own = inboxOf(sender, telling)
  own.tellings[#own.tellings + 1] = telling
end

-- The same of one that an earlier run has told of, and may not have published.
local function tellAgain(telling, recipient)
  local inbox = inboxOf(recipient, telling)
  inbox.again = inbox.again or {}
  inbox.again[#inbox.again + 1] = telling
end

-- Where the version before remembers what is in an inbox, while it does: see memory.lua.
local function noteBefore(inbox, known, telling)
  local halves = known[HALVES_AT[telling.memory]]
  if not halves then return end
  local key = siblingKey(inbox.meta, telling.memory)
  if openMemory(telling.memory, key, nil, 0, nil, halves).hasYounger then
    rememberBefore('SADD', key, { digitsOfId(unpack(telling.id)) })
  end
end

-- Nothing is done where the place is of another epoch: see `placeIn`.
local function tell(inbox, opened, writerOf, keep, telling)
  local number, channel = tonumber(telling.number), telling.channel
  if telling.sender == inbox.user then
    local place = placeIn(opened, channel, telling.epoch, number)
    if not place then return false end
    if countRead(opened, channel, place, number) then appendRead(writerOf(), keep, channel, telling.seq) end
    return true
  end
  local place = placeIn(opened, channel, telling.epoch, number - 1)
  if not place then return false end
  noteBefore(inbox, opened.known, telling)
  local ms, high, middle, low = unpack(telling.id)
  putMessage(opened, writerOf(), keep, place, channel, telling.seq, telling.number, telling.followsOther and number - 1 or 0, telling.seq - 1,
    messageItem(channel, telling.uuid, telling.seq), telling.json, string.format(MEMBER, ms, high, middle, low, telling.memberEnd))
  return true
end

-- What the frame of an item shows of its message, as its recipient reads that now.
local function messageOfAgain(inbox)
  return function(item)
    for _, telling in ipairs(inbox.again) do
      local rest = messageItem(telling.channel, telling.uuid, telling.seq)
      if string.sub(item, -#rest) == rest then
        local json = storedMessage(telling.meta, telling.log, telling.seq, telling.uuid)
        if not json or isTombstone(json) then return nil end
        return asNow(telling.meta, telling.seq, withExcerpt(telling.meta, telling.log, json), inbox.user)
      end
    end
  end
end

local function changeInbox(inbox, keep, publish)
  local meta = inbox.meta
  local opened = openInbox(meta, siblingKey(meta, 'unread'), inbox.fields, FIELDS_OF_INBOX)
  local log, writer, done = siblingKey(meta, 'log'), nil, {}
  local function writerOf()
    writer = writer or openWriter(meta, log, opened.known, inbox.fresh)
    return writer
  end
  opened.received = {}
  for place, telling in ipairs(inbox.tellings) do done[place] = tell(inbox, opened, writerOf, keep, telling) end
  if writer then closeInbox(opened, writer, publish, inbox.frames, opened.known[5])
  else
    local fields = savePlaces(opened, {})
    if #fields > 0 then redis.call('HSET', meta, unpack(fields)) end
    if inbox.again then publishAgain(log, opened.known[1], ITEM_START, publish, inbox.frames, messageOfAgain(inbox)) end
  end
  for place, telling in ipairs(inbox.tellings) do
    if done[place] then telling[telling.sender == inbox.user and 'isNoted' or 'isTold'] = true end
  end
end

-- Changes the inboxes of all that was noted. One that cannot be changed fails alone: then its messages are not marked as told.
local function changeInboxes(keep, publish)
  for _, inbox in ipairs(inOrder) do pcall(changeInbox, inbox, keep, publish) end
end
