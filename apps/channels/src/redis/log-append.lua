-- Appends to logs, each entry once: remembers what was written, numbers entries, and gathers the frames to publish.
--
-- Prelude: log.lua
-- Defines: now, openMemory, recall, remember, openWriter, write, publishFrames
-- Invariant: within an epoch each Seq is given once, without holes, in the order of publication
local now = nowMs()

-- A memory of records has two halves. Each lives twice `leastMs`; when half of that is over, the memory rotates: the
-- younger half takes the older one's place. So a record lives once to twice `leastMs`, for half the memory that a key with
-- its own expiry takes. `ends`, a field of meta, says when both halves end: nothing moves before the rotation, so the older
-- half need not be asked once it has ended. Without `ends` (the version before wrote here) it is as if a rotation were due.
local function openMemory(name, younger, older, leastMs, ends, readCommand, writeCommand)
  local youngerEnds, olderEnds = string.match(ends or '', '^(%d+) (%d+)$')
  return {
    name = name, younger = younger, older = older, leastMs = leastMs, readCommand = readCommand, writeCommand = writeCommand,
    rotateAt = youngerEnds and youngerEnds - leastMs or 0, olderEnds = tonumber(olderEnds), asked = {}, known = {}, added = {},
  }
end

local function ask(memory, half)
  local values = redis.call(memory.readCommand, half, unpack(memory.asked))
  for index, record in ipairs(memory.asked) do
    local value = values[index]
    if value and value ~= 0 then memory.known[record] = memory.known[record] or value end
  end
end

-- Fills `known` for the records in `asked`.
local function recall(memory)
  ask(memory, memory.younger)
  if now >= memory.rotateAt or now < memory.olderEnds then ask(memory, memory.older) end
end

-- Writes what is in `added`, and rotates the memory where that is due.
local function remember(memory, meta)
  if now < memory.rotateAt then return redis.call(memory.writeCommand, memory.younger, unpack(memory.added)) end
  local ends, olderEnds = redis.call('PEXPIRETIME', memory.younger), redis.call('PEXPIRETIME', memory.older)
  if ends >= 0 and ends - now < memory.leastMs then
    redis.call('RENAME', memory.younger, memory.older)
    ends, olderEnds = -2, ends
  end
  redis.call(memory.writeCommand, memory.younger, unpack(memory.added))
  if ends < 0 then
    ends = now + 2 * memory.leastMs
    redis.call('PEXPIREAT', memory.younger, ends)
  end
  redis.call('HSET', meta, memory.name, string.format('%d %d', ends, math.max(olderEnds, 0)))
end

-- What the head of a frame says of an epoch: `epochTag` of fan-out.ts in the contracts.
local function tagOf(epoch) return tonumber(string.sub(epoch, 1, 8), 16) end

local function startEpoch(writer, newest)
  writer.epoch, writer.epochTag, writer.isNewEpoch = writer.fresh, tagOf(writer.fresh), true
  writer.seq, writer.isEmpty = math.max(writer.seq, newest), newest == 0
end

-- The log need not be read: the script that writes an entry counts it in the same step.
local function openWriter(log, known, fresh, keep, frameStart)
  local epoch, seq = known[1], tonumber(known[3] or 0)
  local writer = {
    log = log, fresh = fresh, keep = keep, frameStart = frameStart, epoch = epoch, epochTag = epoch and tagOf(epoch),
    seq = seq, seqText = known[3] or '0', isEmpty = seq == 0, frames = {},
  }
  if not isWhole(known) then startEpoch(writer, newestSeq(log)) end
  return writer
end

-- Writes the entry with the next Seq. Returns false where it did not: with a `fault`, or because the log has come further
-- than the count or is gone. Then the writer is in a new epoch, and the caller makes the entry again with the next Seq of
-- that. A full Redis refuses a script at its first write only, so that either nothing is written or everything.
local function write(writer, seq, text, entry)
  local id = text .. '-0'
  local written = writer.isEmpty and redis.pcall('XADD', writer.log, id, 'm', entry)
    or redis.pcall('XADD', writer.log, 'NOMKSTREAM', 'MAXLEN', '~', writer.keep, id, 'm', entry)
  if type(written) ~= 'string' then
    local newest = newestSeq(writer.log)
    if newest ~= writer.seq and not writer.isNewEpoch then startEpoch(writer, newest) else writer.fault = written.err end
    return false
  end
  writer.seq, writer.seqText, writer.isEmpty = seq, text, false
  local head = frameHead(seq, writer.epochTag, #writer.frameStart + #entry + 1)
  writer.frames[#writer.frames + 1] = head .. writer.frameStart .. entry .. '}'
  return true
end

-- Redis's Lua hashes every byte of every text that it makes: so no text is made that is only part of another.
local function publishFrames(writer, publish, channel)
  redis.call(publish, channel, #writer.frames == 1 and writer.frames[1] or table.concat(writer.frames))
end

