-- Says where logs stand, and whose they are; begins a new epoch of each of which a tail may be lost. What many logs need is
-- done once for all of them; each fails by itself. On a Cluster all of them lie in one slot.
--
-- KEYS[1..] logs: for each meta (hash of the channel or inbox) and log (stream of the entries)
-- ARGV[1..] freshes: for each a random UUID, the epoch if one begins
-- Returns: for each NONE (there is no such log), REFUSED and Redis's error, or HEAD, epoch, newest Seq, oldest Seq that is there (newest + 1 when none is), and the pair of a private channel (empty otherwise)
-- Invariant: once lost entries may have been told of, whoever looks sees another epoch than before, and the same until entries may be lost again
local KEYS_OF_ONE = 2

local function seqOf(id) return tonumber(string.match(id, '^%d+')) end
local function text(seq) return string.format('%.0f', seq) end

-- As read-log.lua has it: the last id that the stream has given outlives its entry.
local function ends(log)
  if redis.call('EXISTS', log) == 0 then return 0, 1 end
  local about = redis.call('XINFO', 'STREAM', log)
  local last, oldest
  for index = 1, #about, 2 do
    if about[index] == 'last-generated-id' then last = seqOf(about[index + 1]) end
    if about[index] == 'first-entry' then oldest = about[index + 1] end
  end
  return last, oldest and seqOf(oldest[1]) or last + 1
end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''

local function headOf(meta, log, fresh)
  local known = redis.call('HMGET', meta, 'kind', 'a', 'b', 'epoch', 'run', 'seq')
  if not known[1] then return { 'NONE' } end
  local newest, first = ends(log)
  local epoch = known[4]
  if not epoch or known[5] ~= run or tonumber(known[6] or 0) ~= newest then
    epoch = fresh
    redis.call('HSET', meta, 'epoch', epoch, 'run', run, 'seq', text(newest))
  end
  return { 'HEAD', epoch, text(newest), text(first), known[2] or '', known[3] or '' }
end

local heads = {}
for at = 1, #ARGV do
  local key = (at - 1) * KEYS_OF_ONE + 1
  local done, head = pcall(headOf, KEYS[key], KEYS[key + 1], ARGV[at])
  if not done then head = { 'REFUSED', type(head) == 'table' and head.err or tostring(head) } end
  table.insert(heads, head)
end
return heads
