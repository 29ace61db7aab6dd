-- Knows how a stored message is read: its newest text, its reactions, and the beginning of the message that it answers.
--
-- Prelude: reads.lua
-- Defines: TEXT, AFTER_TEXT, REPLY, QUOTE, BACKSLASH, stateKey, seqIn, storedMessage, isTombstone, senderOf, withExcerpt, withText, asNow
-- Invariant: a message that answers another one stores neither text nor name of that one

-- Where the parts of a message begin. Each mark begins after the end of a JSON value, so that no text of a user can contain it.
local TEXT, AFTER_TEXT, REPLY = ',"Message":"', ',"ChannelUUID":"', ',"replyTo":{"UUID":"'

-- What has changed of one message.
local function stateKey(meta, seq) return siblingKey(meta, 'message:' .. seq) end

-- The Seq, as text, of the message with a UUID: the newest Seq or one below it that ends in the 38 bits that the UUID holds.
-- Nothing for a UUID that is no message's.
local function seqIn(uuid, newest)
  local high, middle, low = string.match(uuid, '^%x+%-%x+%-7(%x%x%x)%-(%x%x%x%x)%-(%x%x%x)')
  if not high then return nil end
  local bits = tonumber(high, 16) * 2 ^ 26 + tonumber(middle, 16) % 2 ^ 14 * 2 ^ 12 + tonumber(low, 16)
  local seq = newest - (newest - bits) % 2 ^ 38
  return seq > 0 and string.format('%d', seq) or nil
end

-- The message with that Seq and UUID, and whether the stream holds it. The tombstones lie elsewhere, and so do messages that lay
-- beside a deleted one: see delete-message.lua.
local function storedMessage(meta, log, seq, uuid)
  local entry = redis.call('XRANGE', log, seq, seq)[1]
  local json = entry and entry[2][2] or redis.call('ZRANGEBYSCORE', siblingKey(meta, 'gone'), seq, seq)[1]
  -- After Redis lost entries, its Seq may belong to another message.
  if not json or string.find(json, '{"UUID":"' .. uuid .. '"', 1, true) ~= 1 then return nil end
  return json, entry ~= nil
end

local function isTombstone(json) return string.find(json, ',"deletedAt":"', 1, true) ~= nil end

local function senderOf(json) return string.match(json, '^{"UUID":"[^"]*","SenderUUID":"([^"]*)"') end

-- Characters of an excerpt: LIMITS.excerptCharacters in the protocol.
local EXCERPT = 100
local QUOTE, BACKSLASH, U = 34, 92, 117

-- The first characters of a JSON string whose text begins at `from`: what is escaped stays whole.
local function beginningOf(json, from)
  local at = from
  for _ = 1, EXCERPT do
    local byte = string.byte(json, at)
    if byte == QUOTE then break
    elseif byte == BACKSLASH then at = at + (string.byte(json, at + 1) == U and 6 or 2)
    elseif byte < 128 then at = at + 1
    elseif byte < 224 then at = at + 2
    elseif byte < 240 then at = at + 3
    else at = at + 4 end
  end
  return string.sub(json, from, at - 1)
end

-- The fields of an answer that are read from the message that it answers.
local function quoted(meta, log, seq, uuid)
  local json = storedMessage(meta, log, seq, uuid)
  if not json then return ',"Username":""' end
  local _, before = string.find(json, ',"Username":', 1, true)
  local name = string.sub(json, before + 1, string.find(json, ',"OnLine":', before, true) - 1)
  if isTombstone(json) then return ',"Username":' .. name end
  local edited = redis.call('HGET', stateKey(meta, seq), 'text')
  local _, start = string.find(json, TEXT, 1, true)
  local excerpt = edited and beginningOf(edited, #TEXT) or beginningOf(json, start + 1)
  return ',"Username":' .. name .. ',"excerpt":"' .. excerpt .. '"'
end

-- A message with the beginning of the one that it answers, if it answers one: it is read, not stored.
local function withExcerpt(meta, log, json)
  local reply = string.find(json, REPLY, 1, true)
  if not reply then return json end
  local uuid, seq = string.match(json, '^([^"]*)","Seq":(%d+)', reply + #REPLY)
  -- The text follows the answer.
  local text = string.find(json, TEXT, reply, true)
  return string.sub(json, 1, text - 2) .. quoted(meta, log, seq, uuid) .. string.sub(json, text - 1)
end

-- The entry of an edit holds no text, so that nothing of it is left when the message is deleted. Its reader gets the newest text.
local EDIT = '{"type":"messageEdit",'
local function withText(meta, frame)
  if string.sub(frame, 1, #EDIT) ~= EDIT then return frame end
  local text = redis.call('HGET', stateKey(meta, string.match(frame, '"messageSeq":(%d+)')), 'text')
  return text and string.sub(frame, 1, -3) .. ',' .. text .. '}}' or frame
end

-- `kinds` has a line "<count> <reaction as JSON>" for each kind of reaction, in the order of their first one.
local function reactionsOf(key, kinds, user)
  if not kinds or kinds == '' then return '' end
  local counts, reactions, fields, shown = {}, {}, {}, {}
  for count, reaction in string.gmatch(kinds, '(%d+) ([^\n]+)') do
    counts[#counts + 1], reactions[#reactions + 1], fields[#fields + 1] = count, reaction, user .. ' ' .. reaction
  end
  local mine = redis.call('HMGET', key, unpack(fields))
  for place, reaction in ipairs(reactions) do
    shown[place] = '{"reaction":' .. reaction .. ',"count":' .. counts[place] .. ',"mine":' .. tostring(mine[place] ~= false) .. '}'
  end
  return ',"reactions":[' .. table.concat(shown, ',') .. ']'
end

-- A message that has changed, as `user` reads it now: with its newest text and its reactions.
local function asNow(meta, seq, json, user)
  local key = stateKey(meta, seq)
  local state = redis.call('HMGET', key, 'text', 'editedAt', 'kinds')
  local from = string.find(json, TEXT, 1, true)
  local to = string.find(json, AFTER_TEXT, from, true)
  local text = state[1] and ',' .. state[1] .. ',"editedAt":"' .. state[2] .. '"' or string.sub(json, from, to - 1)
  return string.sub(json, 1, from - 1) .. text .. reactionsOf(key, state[3], user) .. string.sub(json, to)
end

