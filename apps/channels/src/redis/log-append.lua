-- Appends to logs, each entry once: numbers entries, and gathers the frames to publish.
--
-- Prelude: memory.lua
-- Defines: blockOf, openWriter, write, writeChange, recordEpoch, saveEnds, publishFrames, publishAgain, answer
-- Invariant: once Redis may have lost entries, the next entry begins another epoch; within an epoch each Seq is given once, without holes, in the order of publication
-- The history that this Redis continues, by its replication id. The id is new at each promotion and at each start of a master:
-- where it changes, Redis may have lost the tail of a log. The id of the process would not do: an old master that was demoted
-- and is promoted again is the same process with another history. Asked for once per script: INFO is expensive.
local history
local function historyId()
  history = history or string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  if not history then error('ERR this Redis has no replication id', 0) end
  return string.sub(history, 1, 16)
end

-- Written for one release longer: the version before compares it.
local function processId()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
end

-- Why a user of a private channel may not write there: "BLOCKED", or "BLOCKED own" where the block is the user's own. `a` is the
-- first of its pair, and `byA` and `byB` are the fields blockedByA and blockedByB of its meta. Nothing where nobody blocks.
local function blockOf(user, a, byA, byB)
  if not byA and not byB then return nil end
  local own = byB
  if user == a then own = byA end
  return own and 'BLOCKED own' or 'BLOCKED'
end

-- Whether the entries before are all there, as far as Redis knows; the log itself is compared when XADD adds to it. `known` is
-- what HMGET gives of the log's meta and begins with epoch, replid, seq and changes. A log that only the version before has written to
-- has no replid: its process decides, as it did there, so that an upgrade begins no epoch.
local function isWhole(meta, known)
  local id = historyId()
  if not known[1] then return false end
  if known[2] then return known[2] == id end
  return redis.call('HGET', meta, 'run') == processId()
end

-- What the head of a frame says of an epoch: `epochTag` of fan-out.ts in the contracts.
local function tagOf(epoch) return tonumber(string.sub(epoch, 1, 8), 16) end

local function startEpoch(writer)
  local newest, change, changes = newestSeq(writer.log), newestChange(writer.meta)
  writer.epoch, writer.epochTag, writer.isNewEpoch = writer.fresh, tagOf(writer.fresh), true
  writer.seq, writer.changes = math.max(writer.seq, newest, change), math.max(writer.changes, changes)
  writer.hasMessages, writer.hasChanges = newest > 0, changes > 0
  writer.from = writer.seq
end

-- The log need not be read: the script that writes an entry counts it in the same step.
local function openWriter(meta, log, known, fresh)
  local seq, changes = tonumber(known[3] or 0), tonumber(known[4] or 0)
  local writer = {
    meta = meta, log = log, fresh = fresh, epoch = known[1], epochTag = known[1] and tagOf(known[1]), seq = seq,
    seqText = known[3] or '0', changes = changes, hasMessages = seq > changes, hasChanges = changes > 0,
    isRecorded = known[2], frames = {},
  }
  if not isWhole(meta, known) then startEpoch(writer) end
  return writer
end

-- Number of epochs that a log knows, with the newest.
local EPOCHS_KEPT = 64

-- Notes what the epochs before share with the log: up to the point where the next epoch began, or a lower one where a later epoch
-- began lower.
local function recordLineage(meta, from)
  local epoch, began = unpack(redis.call('HMGET', meta, 'epoch', 'began'))
  if not epoch then return 0 end
  local number, since, before = lineageOf(epoch, began)
  local earlier = earlierKey(meta)
  local function share(name, place, common) redis.call('HSET', earlier, name, string.format('%d %d', place, common)) end
  local fields = redis.call('HGETALL', earlier)
  for index = 1, #fields, 2 do
    local place, common = string.match(fields[index + 1], '^(%d+) (%d+)$')
    if place + EPOCHS_KEPT <= number + 1 then redis.call('HDEL', earlier, fields[index])
    elseif tonumber(common) > from then share(fields[index], place, from) end
  end
  if before then share(before, number - 1, math.min(since, from)) end
  share(epoch, number, from)
  return number
end

-- Records in meta the epoch in which the writer has written, where meta does not say so yet.
local function recordEpoch(meta, writer)
  if writer.isNewEpoch then
    local number = recordLineage(meta, writer.from) + 1
    local began = string.format('%s %d %d', writer.fresh, number, writer.from)
    redis.call('HSET', meta, 'epoch', writer.fresh, 'replid', historyId(), 'run', processId(), 'began', began)
    if writer.changes > 0 then redis.call('HSET', meta, 'changes', string.format('%d', writer.changes)) end
  elseif not writer.isRecorded then
    redis.call('HSET', meta, 'replid', historyId())
  end
end

-- Takes note of an entry that a stream has refused: with a `fault`, or because the log is ahead of the count or gone, which begins
-- an epoch. Returns whether the entry can be made again.
local function isToMakeAgain(writer, written)
  local newest = math.max(newestSeq(writer.log), (newestChange(writer.meta)))
  if (not written or newest ~= writer.seq) and not writer.isNewEpoch then
    startEpoch(writer)
    return true
  end
  writer.fault = written and written.err or 'ERR the log is gone'
  return false
end

-- The frame of an entry, which begins with `frameStart`. An item of an inbox only refers to its message: `message` is what the
-- frame shows of it, and is not stored. Redis's Lua hashes every byte of every text that it makes: so no text is made that is
-- only part of another.
local MESSAGE = ',"message":'
local function entryFrame(seq, tag, frameStart, entry, message)
  if not message then return frameHead(seq, tag, #frameStart + #entry + 1) .. frameStart .. entry .. '}' end
  local head = frameHead(seq, tag, #frameStart + #entry + #MESSAGE + #message + 1)
  return head .. frameStart .. string.sub(entry, 1, -2) .. MESSAGE .. message .. '}}'
end

-- Writes the message or item with the next Seq and keeps at least `keep` entries; for its frame see `entryFrame`, to which
-- it gives `shown` in place of the entry, if that is another. Returns false when
-- the entry was not written: with a `fault`, or because the log is ahead of the count or gone. Then the writer is in a new
-- epoch, and the caller makes the entry again with that epoch's next Seq. A full Redis refuses a script at its first write
-- only: either everything is written or nothing.
local function write(writer, keep, frameStart, seq, text, entry, message, shown)
  local id = text .. '-0'
  local written
  if writer.hasMessages then written = redis.pcall('XADD', writer.log, 'NOMKSTREAM', 'MAXLEN', '~', keep, id, 'm', entry)
  else written = redis.pcall('XADD', writer.log, id, 'm', entry) end
  if type(written) ~= 'string' then
    isToMakeAgain(writer, written)
    return false
  end
  writer.seq, writer.seqText, writer.hasMessages = seq, text, true
  writer.frames[#writer.frames + 1] = entryFrame(seq, writer.epochTag, frameStart, shown or entry, message)
  return true
end

-- Writes a change with the next Seq and keeps at least `keep` changes. `frameOf` makes the JSON that is published, a whole frame, of
-- the Seq as text; `storedOf` the JSON that is stored, where that is another. Returns the Seq, or nothing with a `fault` in the writer.
local function writeChange(writer, keep, frameOf, storedOf)
  local text, number = string.format('%d', writer.seq + 1), string.format('%d', writer.changes + 1)
  local changes, id, frame = siblingKey(writer.meta, 'changes'), text .. '-0', frameOf(text)
  local stored = storedOf and storedOf(text) or frame
  local written
  if writer.hasChanges then
    written = redis.pcall('XADD', changes, 'NOMKSTREAM', 'MAXLEN', '~', keep, id, 'm', stored, 'k', number)
  else written = redis.pcall('XADD', changes, id, 'm', stored, 'k', number) end
  if type(written) ~= 'string' then
    return isToMakeAgain(writer, written) and writeChange(writer, keep, frameOf, storedOf) or nil
  end
  writer.seq, writer.seqText = writer.seq + 1, text
  writer.changes, writer.hasChanges = writer.changes + 1, true
  writer.frames[#writer.frames + 1] = frameHead(writer.seq, writer.epochTag, #frame) .. frame
  return writer.seq
end

-- Notes where the log stands after changes.
local function saveEnds(meta, writer)
  redis.call('HSET', meta, 'seq', writer.seqText, 'changes', string.format('%d', writer.changes))
end

-- With RETURN, what the caller publishes: channels and frames in turn.
local unpublished = {}

local function publishFrames(writer, publish, channel)
  local frames = #writer.frames == 1 and writer.frames[1] or table.concat(writer.frames)
  if publish ~= 'RETURN' then return redis.call(publish, channel, frames) end
  unpublished[#unpublished + 1], unpublished[#unpublished + 2] = channel, frames
end

-- For entries that an earlier call has written: it may have died before it published them. With RETURN, the newest frame is
-- published once more: who lacks an earlier one reads it from the log, and who has them all drops it. The caller waits until
-- replicas have what this connection has written, and so something is written: what is published goes to the replicas as well,
-- and a full Redis takes it. Nobody subscribes to it. `messageOf` gives what the frame of an item shows of its message.
local function publishAgain(log, epoch, frameStart, publish, channel, messageOf)
  if publish ~= 'RETURN' then return end
  redis.call('PUBLISH', channel .. ':again', '')
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  if not newest or not epoch then return end
  local seq, meta = tonumber(string.match(newest[1], '^%d+')), string.sub(log, 1, -#'log' - 1) .. 'meta'
  local entry = withExcerpt(meta, log, newest[2][2])
  unpublished[#unpublished + 1] = channel
  unpublished[#unpublished + 1] = entryFrame(seq, tagOf(epoch), frameStart, entry, messageOf and messageOf(entry))
end

local function answer(outcomes, publish) return publish == 'RETURN' and { outcomes, unpublished } or outcomes end
