-- Says where a log stands for a reader, who may count in an earlier epoch. Reading writes nothing, so it works on a Redis that
-- takes no writes: until an entry begins a new epoch, a reader gets the recorded one with the newest Seq that is there.
--
-- Prelude: log.lua
-- Defines: seqOf, seqText, headOf, nextGroup
-- Invariant: a position that is above the newest Seq, or above the point where a later epoch began, is not in common

-- The epoch of a log that nobody has written to: `NO_EPOCH` of logs.ts in the contracts.
local NO_EPOCH = '00000000-0000-0000-0000-000000000000'

local function seqOf(id) return tonumber(string.match(id, '^%d+')) end
local function seqText(seq) return string.format('%d', seq) end

-- The last Seq that the log has given, even when its entry is gone, and the oldest Seq that it holds (last + 1 when none).
local function endsOf(log)
  if redis.call('EXISTS', log) == 0 then return 0, 1 end
  local about = redis.call('XINFO', 'STREAM', log)
  local last, oldest
  for index = 1, #about, 2 do
    if about[index] == 'last-generated-id' then last = seqOf(about[index + 1]) end
    if about[index] == 'first-entry' then oldest = about[index + 1] end
  end
  return last, oldest and seqOf(oldest[1]) or last + 1
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
-- meta and begins with epoch and began.
local function headOf(meta, log, known, asked)
  local epoch = known[1] or NO_EPOCH
  local newest, first = endsOf(log)
  local _, from, before = lineageOf(epoch, known[2])
  local common = commonWith(meta, asked, epoch, newest, from, before)
  return epoch, seqText(newest), seqText(first), seqText(from), seqText(common)
end

-- How many entries of a page to read next, when the `count` that were read have `size` bytes, and `room` is what all of them
-- may have. A page of short entries takes two reads. One of long entries reads little that it has no room for.
local FIRST_GROUP = 5
local function nextGroup(count, size, room)
  if count == 0 then return FIRST_GROUP end
  return math.floor(math.max(0, room - size) * count / size) + 1
end
