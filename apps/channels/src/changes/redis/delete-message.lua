-- Deletes a message: nothing of its text is left, and a tombstone holds its place.
--
-- Prelude: message-change.lua
-- KEYS[1] meta: hash of the channel
-- KEYS[2] log: stream of its messages
-- KEYS[3] younger: names what was handled lately, as in append-messages.lua
-- KEYS[4] older: hash of what was handled before that
-- ARGV[1] user: UUID of who deletes it
-- ARGV[2] uuid: UUID of the message
-- ARGV[3] fresh: a random UUID, the epoch if one begins
-- ARGV[4] keep: number of newest changes that stay at least
-- ARGV[5] keepMessages: number of newest messages that stay at least, 0 for all
-- ARGV[6] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frame is returned and not published
-- ARGV[7] frames: pub/sub channel of the frames
-- ARGV[8] deadline: in ms, by Redis's clock
-- ARGV[9] record: names the request
-- ARGV[10] handledMs: least time for which it is remembered, in milliseconds
-- ARGV[11] moderators: the roles that may delete the messages of others, with spaces between them
-- Returns: with RETURN, a list of what follows and of the frame (see unpublished); FORBIDDEN, NOT_FOUND or OUTSIDER (no member of this public group), NO_MESSAGE, LATE or REFUSED and Redis's error, and nothing was changed; or, with spaces between them, DONE or SAME (it was deleted before), Seq of the message, Seq of the deletion (0 for SAME), its time
-- Invariant: neither the log nor the state of a deleted message holds its text, and every other message is still in its place
local keys = { KEYS[1], KEYS[2], KEYS[3], KEYS[4] }
local meta, log = keys[1], keys[2]
local user, uuid, fresh, keep = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at = rfc3339(now)
local keepMessages = tonumber(ARGV[5])
local publish, frames = ARGV[6], ARGV[7]
local deadline = tonumber(ARGV[8])
local record = ARGV[9]
local handledMs = tonumber(ARGV[10])
local moderators = ARGV[11]

-- A stream only marks an entry that is deleted: its bytes stay in memory, and in what is saved on disk, until every entry of its
-- node is deleted. A node takes no further entry once it has so many bytes (stream-node-max-bytes of Redis).
local NODE_BYTES = 4096
local READ_AT_ONCE = 16

-- The entries that may lie in one node with the message, in one direction from it.
local function neighbours(change, backwards)
  local found, from = {}, '(' .. change.seq .. '-0'
  -- Forwards, the message itself comes before them in the node.
  local bytes = backwards and 0 or #change.json
  while bytes < NODE_BYTES do
    local entries = backwards and redis.call('XREVRANGE', log, from, '-', 'COUNT', READ_AT_ONCE)
      or redis.call('XRANGE', log, from, '+', 'COUNT', READ_AT_ONCE)
    for _, entry in ipairs(entries) do
      if backwards then bytes = bytes + #entry[2][2] end
      if bytes >= NODE_BYTES then return found end
      if not backwards then bytes = bytes + #entry[2][2] end
      found[#found + 1] = entry
      from = '(' .. entry[1]
    end
    if #entries < READ_AT_ONCE then return found end
  end
  return found
end

local function tombstoneOf(json)
  local text = string.find(json, REPLY, 1, true) or string.find(json, TEXT, 1, true)
  local after = string.find(json, AFTER_TEXT, text, true)
  local created = string.find(json, ',"CreatedAt":"', after, true)
  return string.sub(json, 1, text - 1) .. TEXT .. '"' .. string.sub(json, after, created - 1)
    .. ',"deletedAt":"' .. at .. '"' .. string.sub(json, created)
end

-- The tombstone takes the place of the message, and what lies in one node with it is moved to where the tombstones are.
local function bury(change)
  local gone = siblingKey(meta, 'gone')
  if change.isInLog then
    local ids = { change.seq .. '-0' }
    for _, backwards in ipairs({ true, false }) do
      for _, entry in ipairs(neighbours(change, backwards)) do
        ids[#ids + 1] = entry[1]
        redis.call('ZADD', gone, string.match(entry[1], '^%d+'), entry[2][2])
      end
    end
    redis.call('XDEL', log, unpack(ids))
  else
    redis.call('ZREM', gone, change.json)
  end
  redis.call('ZADD', gone, change.seq, tombstoneOf(change.json))
  redis.call('UNLINK', stateKey(meta, change.seq))
  redis.call('ZREM', siblingKey(meta, 'changed'), change.seq)
end

-- What the audit of a group keeps at least.
local AUDITED = 1000

-- A moderator's deletions are noted, without the text.
local function audit(author, seq)
  local entry = '{"action":"messageDelete","by":"' .. user .. '","userUUID":"' .. author .. '","UUID":"' .. uuid .. '","messageSeq":' .. seq .. '}'
  redis.call('XADD', siblingKey(meta, 'audit'), 'MAXLEN', '~', AUDITED, '*', 'm', entry)
end

local function run()
  local change = openChange(keys, user, uuid, at, fresh, record, handledMs)
  local refused = refusalOfChange(change, false)
  if refused then return refused end
  if change.done then return sameAgain(change, publish, frames, change.done) end
  if not change.json then return 'NO_MESSAGE' end
  local isModerator = change.role and string.find(' ' .. moderators .. ' ', ' ' .. change.role .. ' ', 1, true)
  local author = senderOf(change.json)
  if author ~= user and not isModerator then return 'FORBIDDEN' end
  if isTombstone(change.json) then
    return sameAgain(change, publish, frames, change.seq .. ' 0 ' .. string.match(change.json, ',"deletedAt":"([^"]*)"'))
  end
  if now > deadline then return 'LATE' end
  -- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else.
  redis.call('HDEL', meta, '')
  tellChange(change, keep, 'messageDelete', '')
  bury(change)
  if change.kind == 'group' and author ~= user then audit(author, change.seq) end
  return saveChange(change, keepMessages, publish, frames, table.concat({ change.seq, change.writer.seqText, at }, ' '))
end

local done, outcome = pcall(run)
return answer(done and outcome or 'REFUSED ' .. faultText(outcome), publish)
