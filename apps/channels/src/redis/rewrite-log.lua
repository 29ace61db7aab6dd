-- Rewrites a stream of a log without the texts of one user, or an inbox without the messages of one channel. Copies it page by page, and puts
-- the copy in its place in the step that copies the last page. Until then the log is as it was. Each entry keeps its Seq.
--
-- Prelude: purged-message.lua
-- KEYS[1] meta: hash of the channel or inbox
-- KEYS[2] log: stream of its entries
-- KEYS[3] copy: stream of those that are copied
-- ARGV[1] run: names this rewriting
-- ARGV[2] after: Seq of the last entry that is copied, 0 to begin
-- ARGV[3] most: number of entries to copy at most
-- ARGV[4] kind: message, change or inboxItem, what the entries are
-- ARGV[5] whose: UUID of the user of the messages or changes, or of the channel of the items
-- ARGV[6] deletedAt: time that a message says it was deleted at
-- Returns: Seq of the last entry that is copied now, -1 when the log is rewritten, -2 when another rewriting has begun since
-- Invariant: no entry is lost, and none changes its Seq, whatever is appended meanwhile
local meta = KEYS[1]
local log = KEYS[2]
local copy = KEYS[3]
local run = ARGV[1]
local after = tonumber(ARGV[2])
local most = tonumber(ARGV[3])
local kind = ARGV[4]
local whose = ARGV[5]
local deletedAt = ARGV[6]
local DONE, ENDED = -1, -2

-- What remains of a message: of one of the user, the author's UUID and the times; of another one all but the user's name.
local function remainsOf(entry)
  local tombstone = tombstoneOf(entry, whose, deletedAt)
  if not tombstone then return withoutName(entry, whose) end
  local seq = string.match(entry, '"Seq":(%d+)}$')
  redis.call('UNLINK', stateKey(meta, seq))
  redis.call('ZREM', siblingKey(meta, 'changed'), seq)
  return tombstone
end

-- The JSON of an entry about a group without a field that holds a text. Within a text, each quotation mark follows a backslash.
local function withoutText(frame, field)
  local from, before = string.find(frame, ',"' .. field .. '":"', 1, true)
  if not from then return frame end
  return string.sub(frame, 1, from - 1) .. string.sub(frame, endOfText(frame, before + 1) + 1)
end

-- What remains of names and topics that the user gave a group: the present ones, which are the group's.
local function groupOf(frame)
  local told = string.match(frame, '^{"type":"sys","sys":{"type":"channelSet","channelSet":{"channelUUID":"[^"]*","by":"([^"]*)"')
  if told ~= whose then return frame end
  local set = cjson.decode(frame).sys.channelSet
  for _, field in ipairs({ 'name', 'topic' }) do
    if set[field] and redis.call('HGET', meta, field) ~= set[field] then frame = withoutText(frame, field) end
  end
  return frame
end

-- What remains of a change: that there was one. A reaction is a text as well.
local function changeOf(frame)
  if string.find(frame, '^{"type":"sys"') then return groupOf(frame) end
  if not string.find(frame, '^{"type":"reaction"') or not string.find(frame, '"userUUID":"' .. whose .. '"', 1, true) then
    return frame
  end
  local _, before = string.find(frame, ',"reaction":"', 1, true)
  return string.sub(frame, 1, before) .. '","remove":true,"count":0}}'
end

-- What remains of an item that refers to a message: that nothing up to the message is unread. The version before put the
-- message into the item.
local function readItemOf(entry)
  local seq, channel, rest = string.match(entry, '^{"seq":(%d+),"kind":"%a+","channelUUID":"([^"]*)"(.*)$')
  if channel ~= whose then return entry end
  local upTo = string.match(rest, '^,"UUID":"[^"]*","messageSeq":(%d+)') or string.match(rest, '^,"message":.*"Seq":(%d+)}}$')
  if not upTo then return entry end
  return '{"seq":' .. seq .. ',"kind":"read","channelUUID":"' .. channel .. '","readSeq":' .. upTo .. '}'
end

local replaced = ({ message = remainsOf, change = changeOf, inboxItem = readItemOf })[kind]

-- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else. A purge makes room.
if after == 0 then
  redis.call('UNLINK', copy)
  redis.call('HSET', meta, 'rewriting', run)
else
  redis.call('HDEL', meta, '')
  if redis.call('HGET', meta, 'rewriting') ~= run then return ENDED end
end

local entries = redis.call('XRANGE', log, '(' .. string.format('%d', after), '+', 'COUNT', most)
for _, entry in ipairs(entries) do
  redis.call('XADD', copy, entry[1], entry[2][1], replaced(entry[2][2]), unpack(entry[2], 3))
end
if #entries == most then return tonumber(string.match(entries[most][1], '^%d+')) end

if redis.call('EXISTS', copy) == 1 then
  redis.call('UNLINK', log)
  redis.call('RENAME', copy, log)
end
redis.call('HDEL', meta, 'rewriting')
return DONE
