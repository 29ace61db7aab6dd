-- Changes a message of a channel: finds it by its UUID, sees whether its user may do that, and tells the log.
--
-- Prelude: ../../redis/log-append.lua
-- Defines: openChange, refusalOfChange, tellChange, sameAgain, saveChange
-- Invariant: whether a user may change a message is decided in the step that changes it

-- `json` is the message as it is stored: nothing when there is none with that UUID. `record` names the request, and `done` is what
-- it was answered when it was handled before.
local function openChange(keys, user, uuid, at, fresh, record, handledMs)
  local meta, log = keys[1], keys[2]
  local known = redis.call('HMGET', meta, 'epoch', 'replid', 'seq', 'changes', 'kind', 'a', 'b', 'private', 'archived', 'blockedByA', 'blockedByB', 'handledIn', 'handled', 'keep')
  local writer = openWriter(meta, log, known, fresh)
  local memory = openMemory('handled', keys[3], keys[4], handledMs, known[12], known[13])
  memory.asked[1] = record
  recall(memory, 'HMGET')
  local seq, json, isInLog = seqIn(uuid, writer.seq), nil, false
  if seq then json, isInLog = storedMessage(meta, log, seq, uuid) end
  return {
    meta = meta, log = log, user = user, uuid = uuid, at = at, epoch = known[1], writer = writer, seq = seq, json = json, isInLog = isInLog,
    kind = known[5], a = known[6], b = known[7], isPrivate = known[8], isArchived = known[9] == '1',
    memory = memory, record = record, done = memory.known[record],
    keepMessages = tonumber((keepOf(known[14]))),
    block = blockOf(user, known[6], known[10], known[11]),
  }
end

-- The role of a user in a channel, and until when the user is mute. Everybody is a member of the general channel, and both users
-- of a private one are.
local function standingOf(change)
  local role, _, mutedUntil = memberOf(change.meta, change.user)
  if role then return role, mutedUntil end
  if change.kind ~= 'group' then return 'member', '0' end
end

-- Why a user may not change anything here, nothing for one who may. `isToSpeak`: it is something that others read.
local function refusalOfChange(change, isToSpeak)
  if change.kind == 'private' then
    if change.user ~= change.a and change.user ~= change.b then return 'FORBIDDEN' end
    return isToSpeak and change.block or nil
  end
  local role, mutedUntil = standingOf(change)
  if not role then return change.isPrivate == '0' and 'OUTSIDER' or 'NOT_FOUND' end
  change.role = role
  if not isToSpeak then return nil end
  if change.isArchived then return 'ARCHIVED' end
  if tonumber(mutedUntil) > now then return 'MUTED ' .. mutedUntil end
end

-- Adds an entry to the log. It is the first write: a full Redis refuses it, and then nothing is changed. `about` is the JSON of
-- further fields, without braces, after a comma if there are any; `text` that of those that are published and not stored.
local function tellChange(change, keep, kind, about, text)
  local start = '{"type":"' .. kind .. '","' .. kind .. '":{"channelUUID":"' .. string.match(change.meta, '{(.-)}') .. '","UUID":"'
    .. change.uuid .. '","messageSeq":' .. change.seq .. ',"Seq":'
  local rest = ',"userUUID":"' .. change.user .. '","at":"' .. change.at .. '"' .. about
  local function storedOf(seq) return start .. seq .. rest .. '}}' end
  local function frameOf(seq) return start .. seq .. rest .. ',' .. text .. '}}' end
  if not writeChange(change.writer, keep, text and frameOf or storedOf, storedOf) then error(change.writer.fault, 0) end
end

-- For a change that an earlier call has made, which may have died before it published it: see publishAgain.
local function publishChangeAgain(change, publish, channel)
  if publish ~= 'RETURN' then return end
  redis.call('PUBLISH', channel .. ':again', '')
  local newest = redis.call('XREVRANGE', siblingKey(change.meta, 'changes'), '+', '-', 'COUNT', 1)[1]
  if not newest then return end
  local seq, frame = tonumber(string.match(newest[1], '^%d+')), withText(change.meta, newest[2][2])
  unpublished[#unpublished + 1] = channel
  unpublished[#unpublished + 1] = frameHead(seq, tagOf(change.epoch), #frame) .. frame
end

-- The answer where it is so already.
local function sameAgain(change, publish, channel, outcome)
  publishChangeAgain(change, publish, channel)
  return 'SAME ' .. outcome
end

-- What one change forgets at most of messages that are no longer kept: more than it adds.
local FORGOTTEN = 4

-- Forgets the tombstones before the oldest message of a channel that has enough others, and the states of messages that are gone.
local function forgetTrimmed(meta, log, keepMessages)
  local gone, changed = siblingKey(meta, 'gone'), siblingKey(meta, 'changed')
  local oldest = newestSeq(log) > 0 and tonumber(string.match(redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1][1], '^%d+'))
  if not oldest then return end
  local spare = redis.call('XLEN', log) + redis.call('ZCARD', gone) - keepMessages
  for _ = 1, math.min(FORGOTTEN, spare) do
    local seq = tonumber(redis.call('ZRANGE', gone, 0, 0, 'WITHSCORES')[2])
    if not seq or seq > oldest then break end
    redis.call('ZREMRANGEBYRANK', gone, 0, 0)
  end
  for _ = 1, FORGOTTEN do
    local seq = redis.call('ZRANGE', changed, 0, 0)[1]
    if not seq or tonumber(seq) >= oldest or redis.call('ZCOUNT', gone, seq, seq) > 0 then break end
    redis.call('UNLINK', stateKey(meta, seq))
    redis.call('ZREM', changed, seq)
  end
end

-- After the change: notes where the log stands and what the request is answered, and publishes the frame. `keepMessages` is how many
-- messages a channel without a number of its own keeps, 0 for all.
local function saveChange(change, keepMessages, publish, channel, outcome)
  recordEpoch(change.meta, change.writer)
  saveEnds(change.meta, change.writer)
  change.memory.added = { change.record, outcome }
  remember(change.memory, 'HSET', change.meta)
  local kept = change.keepMessages or keepMessages
  if kept > 0 then forgetTrimmed(change.meta, change.log, kept) end
  publishFrames(change.writer, publish, channel)
  return 'DONE ' .. outcome
end

