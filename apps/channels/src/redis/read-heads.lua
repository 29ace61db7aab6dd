-- Says where logs stand for a reader, and whose they are. What many logs need is done once for all; each fails alone. On a
-- Cluster all of them lie in one slot.
--
-- Prelude: log-read.lua
-- KEYS[1..] logs: for each meta (hash of the channel or inbox) and log (stream of the entries)
-- ARGV[1..] asked: for each the epoch that its reader counts in, empty for none, and the UUID of the user who asks for a group, empty for any other log
-- Returns: for each REFUSED and Redis's error, or HEAD, epoch, newest Seq, oldest Seq that is there (newest + 1 when none is), the Seq after which the epoch began, the newest Seq in common with the epoch asked for, the number of messages up to that one (up to where the epoch began when nothing is in common), the pair of a private channel (empty otherwise), and why the user may not read the group: NOT_FOUND or OUTSIDER (empty otherwise)
-- Invariant: all that is returned of a log is of one moment
local KEYS_OF_ONE, ARGS_OF_ONE = 2, 2

local function stateOf(meta, log, asked, user)
  local known = redis.call('HMGET', meta, 'epoch', 'began', 'changes', 'a', 'b', 'kind', 'private')
  local epoch, newest, first, from, common = headOf(meta, log, known, asked)
  local upTo = common == '-1' and from or common
  local number = known[3] and seqText(upTo - changesUpTo(meta, tonumber(upTo))) or upTo
  local refusal = user ~= '' and refusalOf(meta, known[6], known[7], user)
  return { 'HEAD', epoch, newest, first, from, common, number, known[4] or '', known[5] or '', refusal or '' }
end

local states = {}
local key = 1
for at = 1, #ARGV, ARGS_OF_ONE do
  local done, state = pcall(stateOf, KEYS[key], KEYS[key + 1], ARGV[at], ARGV[at + 1])
  if not done then state = { 'REFUSED', faultText(state) } end
  table.insert(states, state)
  key = key + KEYS_OF_ONE
end
return states
