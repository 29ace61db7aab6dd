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
local function openMemory(name, younger, older, leastMs, ends)
  local youngerEnds, olderEnds = string.match(ends or '', '^(%d+) (%d+)$')
  return {
    name = name, younger = younger, older = older, leastMs = leastMs, asked = {}, known = {}, added = {},
    rotateAt = youngerEnds and youngerEnds - leastMs or 0, olderEnds = tonumber(olderEnds),
  }
end

local function ask(memory, half, command)
  local asked, known = memory.asked, memory.known
  local values = redis.call(command, half, unpack(asked))
  for index = 1, #asked do
    local value = values[index]
    if value and value ~= 0 then known[asked[index]] = known[asked[index]] or value end
  end
end

-- Fills `known` for the records in `asked`, by HMGET or SMISMEMBER.
local function recall(memory, command)
  ask(memory, memory.younger, command)
  if now >= memory.rotateAt or now < memory.olderEnds then ask(memory, memory.older, command) end
end

-- Writes `added`, by HSET or SADD, and rotates the memory where that is due.
local function remember(memory, command, meta)
  if now < memory.rotateAt then return redis.call(command, memory.younger, unpack(memory.added)) end
  local ends, olderEnds = redis.call('PEXPIRETIME', memory.younger), redis.call('PEXPIRETIME', memory.older)
  if ends >= 0 and ends - now < memory.leastMs then
    redis.call('RENAME', memory.younger, memory.older)
    ends, olderEnds = -2, ends
  end
  redis.call(command, memory.younger, unpack(memory.added))
  if ends < 0 then
    ends = now + 2 * memory.leastMs
    redis.call('PEXPIREAT', memory.younger, ends)
  end
  redis.call('HSET', meta, memory.name, string.format('%d %d', ends, math.max(olderEnds, 0)))
end

-- What the head of a frame says of an epoch: `epochTag` of fan-out.ts in the contracts.
local function tagOf(epoch) return tonumber(string.sub(epoch, 1, 8), 16) end

local function startEpoch(writer, newest)
  writer.epochTag, writer.isNewEpoch = tagOf(writer.fresh), true
  writer.seq, writer.isEmpty = math.max(writer.seq, newest), newest == 0
end

-- The log need not be read: the script that writes an entry counts it in the same step.
local function openWriter(log, known, fresh)
  local seq = tonumber(known[3] or 0)
  local writer = {
    log = log, fresh = fresh, epochTag = known[1] and tagOf(known[1]), seq = seq, seqText = known[3] or '0', isEmpty = seq == 0,
    frames = {},
  }
  if not isWhole(known) then startEpoch(writer, newestSeq(log)) end
  return writer
end

-- Writes the entry with the next Seq and keeps at least `keep` entries; its frame begins with `frameStart`. Returns false when
-- the entry was not written: with a `fault`, or because the log is ahead of the count or gone. Then the writer is in a new
-- epoch, and the caller makes the entry again with that epoch's next Seq. A full Redis refuses a script at its first write
-- only: either everything is written or nothing.
local function write(writer, keep, frameStart, seq, text, entry)
  local id = text .. '-0'
  local written = writer.isEmpty and redis.pcall('XADD', writer.log, id, 'm', entry)
    or redis.pcall('XADD', writer.log, 'NOMKSTREAM', 'MAXLEN', '~', keep, id, 'm', entry)
  if type(written) ~= 'string' then
    local newest = newestSeq(writer.log)
    if newest ~= writer.seq and not writer.isNewEpoch then startEpoch(writer, newest) else writer.fault = written.err end
    return false
  end
  writer.seq, writer.seqText, writer.isEmpty = seq, text, false
  local head = frameHead(seq, writer.epochTag, #frameStart + #entry + 1)
  writer.frames[#writer.frames + 1] = head .. frameStart .. entry .. '}'
  return true
end

-- Redis's Lua hashes every byte of every text that it makes: so no text is made that is only part of another.
local function publishFrames(writer, publish, channel)
  redis.call(publish, channel, #writer.frames == 1 and writer.frames[1] or table.concat(writer.frames))
end

