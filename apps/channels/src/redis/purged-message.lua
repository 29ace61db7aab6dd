-- Knows what remains of a message when a user is purged.
--
-- Prelude: message.lua
-- Defines: tombstoneOf, endOfText, withoutName
-- Invariant: what remains names the user by the UUID alone

-- What remains of a message of the user: the author's UUID, and the times. Nothing for another message, or one that is so already.
local function tombstoneOf(json, whose, deletedAt)
  if senderOf(json) ~= whose then return nil end
  local uuid, name = string.match(json, '^{"UUID":"([^"]*)","SenderUUID":"[^"]*","Sender":{"UUID":"[^"]*","Username":(..)')
  if name == '""' then return nil end
  local channel = string.match(json, '"ChannelUUID":"([^"]*)"', (string.find(json, AFTER_TEXT, 1, true)))
  local createdAt, seq = string.match(json, '"CreatedAt":"([^"]*)","Seq":(%d+)}$')
  return '{"UUID":"' .. uuid .. '","SenderUUID":"' .. whose .. '","Sender":{"UUID":"' .. whose
    .. '","Username":"","OnLine":false},"RecipientUUID":"","Message":"","ChannelUUID":"' .. channel
    .. '","deletedAt":"' .. deletedAt .. '","CreatedAt":"' .. createdAt .. '","Seq":' .. seq .. '}'
end

-- Where the JSON string whose text begins at a place ends. A quotation mark within it follows a backslash, and a backslash another one.
local function endOfText(json, at)
  while string.byte(json, at) ~= QUOTE do at = at + (string.byte(json, at) == BACKSLASH and 2 or 1) end
  return at
end

-- The JSON of a message, or of a text, without the name of the user among those whom it mentions.
local function withoutName(json, whose)
  local mention = '{"userUUID":"' .. whose .. '","username":"'
  local _, before = string.find(json, mention, 1, true)
  if not before then return json end
  return string.sub(json, 1, before) .. string.sub(json, endOfText(json, before + 1))
end

