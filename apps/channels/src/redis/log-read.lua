-- Finds the two ends and the epoch of a log that is read.
--
-- Prelude: log.lua
-- Defines: seqOf, seqText, endsOf, epochAt
-- Invariant: the count in meta agrees with the end of the log after each read

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

-- The epoch of a log that ends at `last`: `fresh`, which then begins, where a tail may be lost.
local function epochAt(meta, known, last, fresh)
  if isWhole(known, last) then return known[1] end
  beginEpoch(meta, fresh, last)
  return fresh
end

