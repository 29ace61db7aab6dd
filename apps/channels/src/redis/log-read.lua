-- Says where a log stands for a reader, who may count in an earlier epoch. Reading writes nothing, so it works on a Redis that
-- takes no writes: until an entry begins a new epoch, a reader gets the recorded one with the newest Seq that is there.
--
-- Prelude: message.lua
-- Defines: seqOf, seqText, changesUpTo, headOf, sourcesOf, readMessages, readShown, readEntries, nextGroup
-- Invariant: a position that is above the newest Seq, or above the point where a later epoch began, is not in common

-- The epoch of a log that nobody has written to: `NO_EPOCH` of logs.ts in the contracts.
local NO_EPOCH = '00000000-0000-0000-0000-000000000000'

local function seqOf(id) return tonumber(string.match(id, '^%d+')) end
local function seqText(seq) return string.format('%d', seq) end

-- The last Seq that a stream has given, even when its entry is gone, and the oldest entry that it holds, if it holds one.
local function endsOf(stream)
  if redis.call('EXISTS', stream) == 0 then return 0 end
  local about = redis.call('XINFO', 'STREAM', stream)
  local last, oldest
  for index = 1, #about, 2 do
    if about[index] == 'last-generated-id' then last = seqOf(about[index + 1]) end
    if about[index] == 'first-entry' then oldest = about[index + 1] end
  end
  return last, oldest
end

-- How many changes a log has up to `seq`. Of those that are not kept, the numbers of all are counted.
local function changesUpTo(meta, seq)
  local changes = siblingKey(meta, 'changes')
  local change = redis.call('XREVRANGE', changes, seqText(seq), '-', 'COUNT', 1)[1]
  if change then return tonumber(change[2][4]) end
  local first = redis.call('XRANGE', changes, '-', '+', 'COUNT', 1)[1]
  return first and math.min(tonumber(first[2][4]) - 1, seq) or 0
end

-- The oldest Seq from which on every message is there. `seq` is that of the first one in the stream, `last + 1` when it holds none.
-- What lies in `gone` before it counts if no message is missing between them.
local function oldestMessage(meta, seq, last)
  local gone = siblingKey(meta, 'gone')
  local from = tonumber(redis.call('ZRANGE', gone, 0, 0, 'WITHSCORES')[2])
  if not from or from > seq then return seq end
  local messages = (seq > last and last + 1 or seq) - changesUpTo(meta, math.min(seq, last)) - (from - changesUpTo(meta, from))
  return redis.call('ZCOUNT', gone, seqText(from), '(' .. seqText(seq)) == messages and from or seq
end

-- The last Seq that the log has given, and the oldest Seq from which on it holds everything (last + 1 when it holds nothing).
local function endsOfLog(meta, log, changed)
  local last, oldest = endsOf(log)
  local first = oldest and seqOf(oldest[1])
  if not changed then return last, first or last + 1 end
  local lastChange, oldestChange = endsOf(siblingKey(meta, 'changes'))
  last = math.max(last, lastChange)
  first = oldestMessage(meta, first or last + 1, last)
  -- Before the first message of all there are only changes.
  if first - changesUpTo(meta, math.min(first, last)) <= 1 then first = 1 end
  if oldestChange and oldestChange[2][4] ~= '1' then first = math.max(first, seqOf(oldestChange[1])) end
  return last, first
end

-- The newest Seq up to which the log is the same as that of the epoch `asked`; -1 when that is unknown.
local function commonWith(meta, asked, epoch, newest, from, before)
  if asked == '' or asked == epoch then return newest end
  if asked == NO_EPOCH then return 0 end
  if asked == before then return math.min(from, newest) end
  local known = redis.call('HGET', earlierKey(meta), asked)
  return known and math.min(seqOf(string.match(known, '%d+$')), newest) or -1
end

-- A log's epoch, newest Seq, oldest Seq that is there (newest + 1 when none is), the Seq after which the epoch began, and the
-- newest Seq in common with the epoch `asked`, which is empty for none: all as text. `known` is what HMGET gives of the log's
-- meta and begins with epoch, began and changes.
local function headOf(meta, log, known, asked)
  local epoch = known[1] or NO_EPOCH
  local newest, first = endsOfLog(meta, log, known[3])
  local _, from, before = lineageOf(epoch, known[2])
  local common = commonWith(meta, asked, epoch, newest, from, before)
  return epoch, seqText(newest), seqText(first), seqText(from), seqText(common)
end

-- Where the entries of a log lie: the stream of its messages, and where it has changes, also those and the tombstones.
local function sourcesOf(meta, log, changed)
  if not changed then return { meta = meta, log = log } end
  return { meta = meta, log = log, changes = siblingKey(meta, 'changes'), gone = siblingKey(meta, 'gone') }
end

local function readStream(stream, low, high, count, backwards)
  if backwards then return redis.call('XREVRANGE', stream, seqText(high), seqText(low), 'COUNT', count) end
  return redis.call('XRANGE', stream, seqText(low), seqText(high), 'COUNT', count)
end

-- Tombstones, in the shape of a stream's entries.
local function readGone(gone, low, high, count, backwards)
  local command = backwards and 'ZREVRANGEBYSCORE' or 'ZRANGEBYSCORE'
  if backwards then low, high = high, low end
  local found, entries = redis.call(command, gone, seqText(low), seqText(high), 'WITHSCORES', 'LIMIT', 0, count), {}
  for index = 1, #found, 2 do
    entries[#entries + 1] = { seqText(tonumber(found[index + 1])) .. '-0', { 'm', found[index] } }
  end
  return entries
end

-- The first `count` of two lists of entries, in the direction of reading.
local function merge(some, others, count, backwards)
  if #others == 0 then return some end
  local merged, one, other = {}, 1, 1
  while #merged < count and (some[one] or others[other]) do
    local isOne = some[one] ~= nil
    if isOne and others[other] then isOne = (seqOf(some[one][1]) < seqOf(others[other][1])) ~= backwards end
    if isOne then
      merged[#merged + 1] = some[one]
      one = one + 1
    else
      merged[#merged + 1] = others[other]
      other = other + 1
    end
  end
  return merged
end

-- The messages of a log from Seq `low` to `high`, tombstones among them: `count` at most, in the direction of reading. Each is
-- an entry of a stream.
local function readMessages(sources, low, high, count, backwards)
  if low > high then return {} end
  local messages = readStream(sources.log, low, high, count, backwards)
  if not sources.gone then return messages end
  return merge(messages, readGone(sources.gone, low, high, count, backwards), count, backwards)
end

-- As readMessages, with each message as `user` reads it now.
local function readShown(sources, low, high, count, backwards, user)
  local entries, changed = readMessages(sources, low, high, count, backwards), {}
  if #entries > 0 and sources.gone then
    local one, other = seqOf(entries[1][1]), seqOf(entries[#entries][1])
    local seqs = redis.call('ZRANGEBYSCORE', siblingKey(sources.meta, 'changed'), seqText(math.min(one, other)), seqText(math.max(one, other)))
    for _, seq in ipairs(seqs) do changed[seq .. '-0'] = seq end
  end
  for place, entry in ipairs(entries) do
    local id, json = entry[1], entry[2][2]
    if changed[id] then json = asNow(sources.meta, changed[id], json, user) end
    entries[place] = { id, { 'm', withExcerpt(sources.meta, sources.log, json) } }
  end
  return entries
end

-- All entries of a log from Seq `low` to `high`, the oldest first, `count` at most. Messages are as they were sent: what has
-- changed since is told by the changes.
local function readEntries(sources, low, high, count)
  local entries = readMessages(sources, low, high, count, false)
  if sources.changes then
    entries = merge(entries, readStream(sources.changes, low, high, count, false), count, false)
  end
  for place, entry in ipairs(entries) do
    local shown = withExcerpt(sources.meta, sources.log, withText(sources.meta, entry[2][2]))
    entries[place] = { entry[1], { 'm', shown } }
  end
  return entries
end

-- How many entries of a page to read next, when the `count` that were read have `size` bytes, and `room` is what all of them
-- may have. One of long entries reads little that it has no room for. Short ones do not tell how long the next ones are: whatever
-- they are, those of one read stay few.
local FIRST_GROUP, MOST_GROUP = 3, 10
local function nextGroup(count, size, room)
  if count == 0 then return FIRST_GROUP end
  return math.min(MOST_GROUP, math.floor(math.max(0, room - size) * count / size) + 1)
end
