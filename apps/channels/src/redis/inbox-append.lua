-- Puts items into inboxes, and tells what has been read.
--
-- Prelude: positions.lua
-- Defines: ITEM_START, appendItem, appendRead, messageItem, putMessage, closeInbox
-- Invariant: a private message is put in in one step with its place in the list of received messages, and no text of it is stored
local ITEM_START = '{"type":"inboxItem","inboxItem":'

-- Appends an item of which `rest` is what follows its Seq; `message` is what its frame shows of its message, if it has one.
local function appendItem(writer, keep, rest, message)
  local seq = writer.seq + 1
  local text = string.format('%d', seq)
  if not write(writer, keep, ITEM_START, seq, text, '{"seq":' .. text .. rest, message) then
    if writer.fault then error(writer.fault, 0) end
    return appendItem(writer, keep, rest, message)
  end
end

local function appendRead(writer, keep, channel, seq)
  appendItem(writer, keep, ',"kind":"read","channelUUID":"' .. channel .. '","readSeq":' .. string.format('%d', seq) .. '}')
end

-- What the item of a message holds after its Seq.
local function messageItem(channel, uuid, seq)
  return ',"kind":"message","channelUUID":"' .. channel .. '","UUID":"' .. uuid .. '","messageSeq":' .. seq .. '}'
end

-- Notes a private message among those that the user has received. Where its number is not its Seq, its channel has changes.
local function list(inbox, channel, member, seq, number)
  if member == '' then return end
  inbox.received[#inbox.received + 1], inbox.received[#inbox.received + 2] = 0, member
  if seq ~= number then redis.call('SADD', siblingKey(inbox.meta, 'received:changed'), channel) end
end

-- Puts in a message with its number `number` (as text, like its `seq`), of which `read` shows how many its recipient has read up to the
-- Seq `readSeq`. `member` is that in the list of received messages. `place` is nothing where it is of another epoch.
local function putMessage(inbox, writer, keep, place, channel, seq, number, read, readSeq, rest, json, member)
  if place and readTo(inbox, channel, place, read) then appendRead(writer, keep, channel, readSeq) end
  appendItem(writer, keep, rest, json)
  list(inbox, channel, member, seq, number)
  if place then arriveAt(place, tonumber(number)) end
end

-- `listed` is that field of meta: where it is the Seq before this step, nothing is missing in the list of received messages. A replica of
-- the version before lists none, and leaves it behind: see ReceivedFill.
local function closeInbox(inbox, writer, publish, frames, listed)
  local received = inbox.received
  if received and #received > 0 then redis.call('ZADD', siblingKey(inbox.meta, 'received'), unpack(received)) end
  recordEpoch(inbox.meta, writer)
  if writer.isNewEpoch then redis.call('HSET', inbox.meta, 'kind', 'inbox') end
  local fields = { 'seq', writer.seqText }
  if listed == inbox.known[3] then fields[3], fields[4] = 'listed', writer.seqText end
  redis.call('HSET', inbox.meta, unpack(savePlaces(inbox, fields)))
  publishFrames(writer, publish, frames)
end
