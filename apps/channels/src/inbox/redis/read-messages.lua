-- Reads messages that items of a user's inbox refer to, as their channels hold them now. What many need is done once for all.
-- On a Cluster all the channels lie in one slot.
--
-- Prelude: ../../redis/log-read.lua
-- KEYS[1..] channels: for each message meta (hash of its channel) and log (stream of the channel's messages)
-- ARGV[1] user: UUID of the user; empty for the service itself, which may read everything
-- ARGV[2] bytes: size of the messages at most, in bytes; the first one always fits
-- ARGV[3..] messages: for each its Seq and UUID
-- Returns: the JSON of each message up to the first that has no room; empty for one that is gone, or whose group the user is no member of
-- Invariant: what is returned is what the channel's history shows at that moment
local user = ARGV[1]
local bytes = tonumber(ARGV[2])
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE = 3, 2, 2

-- Where the messages of a channel lie; false where the user may not read them.
local sources = {}
local function sourcesIn(meta, log)
  if sources[meta] == nil then
    local kind, changes = unpack(redis.call('HMGET', meta, 'kind', 'changes'))
    local mayRead = kind ~= 'group' or user == '' or redis.call('HEXISTS', siblingKey(meta, 'members'), user) == 1
    sources[meta] = mayRead and sourcesOf(meta, log, changes)
  end
  return sources[meta]
end

local function find(meta, log, seq, uuid)
  local from = sourcesIn(meta, log)
  local entry = from and readShown(from, seq, seq, 1, false, user)[1]
  local start = '{"UUID":"' .. uuid .. '"'
  -- After Redis lost entries, its Seq may belong to another message.
  if not entry or string.sub(entry[2][2], 1, #start) ~= start then return '' end
  return entry[2][2]
end

local messages, size = {}, 0
local key = 1
for at = FIRST, #ARGV, ARGS_OF_ONE do
  local json = find(KEYS[key], KEYS[key + 1], tonumber(ARGV[at]), ARGV[at + 1])
  size = size + #json
  if at > FIRST and size > bytes then return messages end
  messages[#messages + 1] = json
  key = key + KEYS_OF_ONE
end
return messages
