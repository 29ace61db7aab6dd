-- Gives a message another text. The text that it was sent with stays in the log until the message is deleted.
--
-- Prelude: message-change.lua
-- KEYS[1] meta: hash of the channel
-- KEYS[2] log: stream of its messages
-- KEYS[3] younger: names what was handled lately, as in append-messages.lua
-- KEYS[4] older: hash of what was handled before that
-- ARGV[1] user: UUID of who edits it
-- ARGV[2] uuid: UUID of the message
-- ARGV[3] fresh: a random UUID, the epoch if one begins
-- ARGV[4] keep: number of newest changes that stay at least
-- ARGV[5] keepMessages: number of newest messages that stay at least, 0 for all
-- ARGV[6] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frame is returned and not published
-- ARGV[7] frames: pub/sub channel of the frames
-- ARGV[8] deadline: in ms, by Redis's clock
-- ARGV[9] record: names the request
-- ARGV[10] handledMs: least time for which it is remembered, in milliseconds
-- ARGV[11] text: JSON of the message's new fields, without braces
-- Returns: with RETURN, a list of what follows and of the frame (see unpublished); FORBIDDEN, BLOCKED, NOT_FOUND or OUTSIDER (no member of this public group), ARCHIVED, "MUTED <until when in ms>", NO_MESSAGE, LATE or REFUSED and Redis's error, and nothing was changed; or, with spaces between them, DONE or SAME (it had that text), Seq of the message, Seq of the edit (0 when there was none), its time, 0 and, for what this request has edited, the UUIDs of whom the text before mentioned, with commas (- for nobody)
-- Invariant: only its author gives a message another text, and no message that is deleted gets one
local keys = { KEYS[1], KEYS[2], KEYS[3], KEYS[4] }
local meta = keys[1]
local user, uuid, fresh, keep = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at = rfc3339(now)
local keepMessages = tonumber(ARGV[5])
local publish, frames = ARGV[6], ARGV[7]
local deadline = tonumber(ARGV[8])
local record = ARGV[9]
local handledMs = tonumber(ARGV[10])
local text = ARGV[11]

local function textAsSent(json)
  local from = string.find(json, TEXT, 1, true) + 1
  return string.sub(json, from, string.find(json, AFTER_TEXT, from, true) - 1)
end

-- Whom the fields of a text mention. No text contains such a mark: a quote in it is escaped.
local function mentionedIn(fields)
  local users = {}
  for user in string.gmatch(fields, '{"userUUID":"([^"]*)"') do users[#users + 1] = user end
  return #users > 0 and table.concat(users, ',') or '-'
end

local function run()
  local change = openChange(keys, user, uuid, at, fresh, record, handledMs)
  local refused = refusalOfChange(change, true)
  if refused then return refused end
  if change.done then return sameAgain(change, publish, frames, change.done) end
  if not change.json or isTombstone(change.json) then return 'NO_MESSAGE' end
  if senderOf(change.json) ~= user then return 'FORBIDDEN' end
  local state = stateKey(meta, change.seq)
  local edited, editedAt, editSeq = unpack(redis.call('HMGET', state, 'text', 'editedAt', 'editSeq'))
  local before = edited or textAsSent(change.json)
  if text == before then
    local since = editedAt or string.match(change.json, '"CreatedAt":"([^"]*)","Seq":%d+}$')
    return sameAgain(change, publish, frames, table.concat({ change.seq, editSeq or '0', since }, ' '))
  end
  if now > deadline then return 'LATE' end
  tellChange(change, keep, 'messageEdit', '', text)
  redis.call('HSET', state, 'text', text, 'editedAt', at, 'editSeq', change.writer.seqText)
  redis.call('ZADD', siblingKey(meta, 'changed'), change.seq, change.seq)
  return saveChange(change, keepMessages, publish, frames, table.concat({ change.seq, change.writer.seqText, at, '0', mentionedIn(before) }, ' '))
end

local done, outcome = pcall(run)
return answer(done and outcome or 'REFUSED ' .. faultText(outcome), publish)
