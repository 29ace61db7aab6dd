-- Adds a user's reaction to a message, or takes it back.
--
-- Prelude: message-change.lua
-- KEYS[1] meta: hash of the channel
-- KEYS[2] log: stream of its messages
-- KEYS[3] younger: names what was handled lately, as in append-messages.lua
-- KEYS[4] older: hash of what was handled before that
-- ARGV[1] user: UUID of who reacts
-- ARGV[2] uuid: UUID of the message
-- ARGV[3] fresh: a random UUID, the epoch if one begins
-- ARGV[4] keep: number of newest changes that stay at least
-- ARGV[5] keepMessages: number of newest messages that stay at least, 0 for all
-- ARGV[6] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frame is returned and not published
-- ARGV[7] frames: pub/sub channel of the frames
-- ARGV[8] deadline: in ms, by Redis's clock
-- ARGV[9] record: names the request
-- ARGV[10] handledMs: least time for which it is remembered, in milliseconds
-- ARGV[11] reaction: as JSON
-- ARGV[12] remove: 1 to take it back, 0 to add it
-- ARGV[13] most: number of kinds of reactions that a message may have
-- Returns: with RETURN, a list of what follows and of the frame (see unpublished); FORBIDDEN, BLOCKED, NOT_FOUND or OUTSIDER (no member of this public group), ARCHIVED, "MUTED <until when in ms>", NO_MESSAGE, FULL (of kinds), LATE or REFUSED and Redis's error, and nothing was changed; or, with spaces between them, DONE or SAME (it was so before), Seq of the message, Seq of the change (0 where it is not known), its time, number of users with that reaction
-- Invariant: a user has one reaction of a kind, and `kinds` counts them
local keys = { KEYS[1], KEYS[2], KEYS[3], KEYS[4] }
local meta = keys[1]
local user, uuid, fresh, keep = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at = rfc3339(now)
local keepMessages = tonumber(ARGV[5])
local publish, frames = ARGV[6], ARGV[7]
local deadline = tonumber(ARGV[8])
local record = ARGV[9]
local handledMs = tonumber(ARGV[10])
local reaction = ARGV[11]
local isRemoval = ARGV[12] == '1'
local most = tonumber(ARGV[13])

-- The kinds of reactions to a message in their order, and how many there are of each: see asNow.
local function kindsOf(text)
  local kinds, counts = {}, {}
  for count, kind in string.gmatch(text or '', '(%d+) ([^\n]+)') do
    kinds[#kinds + 1], counts[kind] = kind, tonumber(count)
  end
  return kinds, counts
end

local function saveKinds(state, kinds, counts)
  local lines = {}
  for _, kind in ipairs(kinds) do
    if counts[kind] > 0 then lines[#lines + 1] = string.format('%d ', counts[kind]) .. kind end
  end
  redis.call('HSET', state, 'kinds', table.concat(lines, '\n'))
end

local function react(change, state, field, kinds, counts)
  local count = (counts[reaction] or 0) + (isRemoval and -1 or 1)
  local about = ',"reaction":' .. reaction .. ',"remove":' .. tostring(isRemoval) .. ',"count":' .. string.format('%d', count)
  tellChange(change, keep, 'reaction', about)
  if not counts[reaction] then kinds[#kinds + 1] = reaction end
  counts[reaction] = count
  saveKinds(state, kinds, counts)
  if isRemoval then redis.call('HDEL', state, field) else redis.call('HSET', state, field, change.writer.seqText .. ' ' .. at) end
  redis.call('ZADD', siblingKey(meta, 'changed'), change.seq, change.seq)
  local outcome = table.concat({ change.seq, change.writer.seqText, at, string.format('%d', count) }, ' ')
  return saveChange(change, keepMessages, publish, frames, outcome)
end

local function run()
  local change = openChange(keys, user, uuid, at, fresh, record, handledMs)
  local refused = refusalOfChange(change, true)
  if refused then return refused end
  if change.done then return sameAgain(change, publish, frames, change.done) end
  if not change.json or isTombstone(change.json) then return 'NO_MESSAGE' end
  local state, field = stateKey(meta, change.seq), user .. ' ' .. reaction
  local before, text = unpack(redis.call('HMGET', state, field, 'kinds'))
  local kinds, counts = kindsOf(text)
  if (before == false) == isRemoval then
    local seq, since = string.match(before or '', '^(%d+) (%S+)$')
    local count = string.format('%d', counts[reaction] or 0)
    return sameAgain(change, publish, frames, table.concat({ change.seq, seq or '0', since or at, count }, ' '))
  end
  if not counts[reaction] and #kinds >= most then return 'FULL' end
  if now > deadline then return 'LATE' end
  return react(change, state, field, kinds, counts)
end

local done, outcome = pcall(run)
return answer(done and outcome or 'REFUSED ' .. faultText(outcome), publish)
