-- Reads a page of a log and where the log stands, in one step, so that the page is of the epoch that is told; begins a
-- new epoch where a tail of the log may be lost.
--
-- KEYS[1] meta: hash of the channel or inbox
-- KEYS[2] log: stream of the entries
-- ARGV[1] fresh: random UUID, the epoch if one begins
-- ARGV[2] after: Seq below the first entry wanted
-- ARGV[3] upTo: Seq of the last entry wanted, empty for the newest
-- ARGV[4] most: number of entries at most
-- ARGV[5] bytes: size of the entries at most, in bytes; one entry comes whatever its size
-- Returns: NONE (there is no such log), or HEAD, epoch, newest Seq, oldest Seq that is there (newest + 1 when none is), kind, Seq and JSON of each entry by turns, the oldest first
-- Invariant: once lost entries may have been told of, whoever reads sees another epoch than before, and the same until entries may be lost again
local meta = KEYS[1]
local log = KEYS[2]
local fresh = ARGV[1]
local after = tonumber(ARGV[2])
local upTo = tonumber(ARGV[3])
local most = tonumber(ARGV[4])
local bytes = tonumber(ARGV[5])

-- Entries are read by so many: a page of long ones is cut without having read all of it.
local AT_ONCE = 20

local function seqOf(id) return tonumber(string.match(id, '^%d+')) end
local function text(seq) return string.format('%.0f', seq) end

-- The last id that the stream has given, which outlives its entry, and the oldest entry's.
local function ends()
  if redis.call('EXISTS', log) == 0 then return 0, 1 end
  local about = redis.call('XINFO', 'STREAM', log)
  local last, oldest
  for index = 1, #about, 2 do
    if about[index] == 'last-generated-id' then last = seqOf(about[index + 1]) end
    if about[index] == 'first-entry' then oldest = about[index + 1] end
  end
  return last, oldest and seqOf(oldest[1]) or last + 1
end

local known = redis.call('HMGET', meta, 'kind', 'epoch', 'run', 'seq')
if not known[1] then return { 'NONE' } end

-- As append-messages.lua has it: a Redis process that did not write the last entry, and a log and a count that
-- disagree, mean that a tail may be lost. The count then follows the log, so that they agree from now on.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
local newest, first = ends()
local epoch = known[2]
if not epoch or known[3] ~= run or tonumber(known[4] or 0) ~= newest then
  epoch = fresh
  redis.call('HSET', meta, 'epoch', epoch, 'run', run, 'seq', text(newest))
end

local reply = { 'HEAD', epoch, text(newest), text(first), known[1] }
local last = math.min(upTo or newest, newest)
local left = most
local size = 0
while left > 0 and after < last do
  local asked = math.min(left, AT_ONCE)
  local entries = redis.call('XRANGE', log, text(after + 1), text(last), 'COUNT', asked)
  for _, entry in ipairs(entries) do
    local json = entry[2][2]
    if left < most and size + #json > bytes then return reply end
    left = left - 1
    size = size + #json
    after = seqOf(entry[1])
    reply[#reply + 1] = text(after)
    reply[#reply + 1] = json
  end
  if #entries < asked then return reply end
end
return reply
