-- Says where logs stand, and whose they are. Begins a new epoch of each log of which Redis may have lost a tail. What many
-- logs need is done once for all; each fails alone. On a Cluster all of them lie in one slot.
--
-- Prelude: log-read.lua
-- KEYS[1..] logs: for each meta (hash of the channel or inbox) and log (stream of the entries)
-- ARGV[1..] freshes: for each a random UUID, the epoch if one begins
-- Returns: for each NONE (there is no such log), REFUSED and Redis's error, or HEAD, epoch, newest Seq, oldest Seq that is there (newest + 1 when none is), and the pair of a private channel (empty otherwise)
-- Invariant: an epoch and the Seqs that are returned with it are of one moment
local KEYS_OF_ONE = 2

local function headOf(meta, log, fresh)
  local known = redis.call('HMGET', meta, 'epoch', 'run', 'seq', 'kind', 'a', 'b')
  if not known[4] then return { 'NONE' } end
  local newest, first = endsOf(log)
  local epoch = epochAt(meta, known, newest, fresh)
  return { 'HEAD', epoch, seqText(newest), seqText(first), known[5] or '', known[6] or '' }
end

local heads = {}
for at = 1, #ARGV do
  local key = (at - 1) * KEYS_OF_ONE + 1
  local done, head = pcall(headOf, KEYS[key], KEYS[key + 1], ARGV[at])
  if not done then head = { 'REFUSED', faultText(head) } end
  table.insert(heads, head)
end
return heads
