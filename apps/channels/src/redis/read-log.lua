-- Reads a page of a log and where the log stands, in one step, so that the page belongs to the returned epoch. Begins a
-- new epoch where Redis may have lost a tail of the log.
--
-- Prelude: log-read.lua
-- KEYS[1] meta: hash of the channel or inbox
-- KEYS[2] log: stream of the entries
-- ARGV[1] fresh: random UUID, the epoch if one begins
-- ARGV[2] after: Seq below the first entry wanted
-- ARGV[3] upTo: Seq of the last entry wanted, empty for the newest
-- ARGV[4] most: number of entries at most
-- ARGV[5] bytes: size of the entries at most, in bytes; the first one always fits
-- Returns: NONE (there is no such log), or HEAD, epoch, newest Seq, oldest Seq that is there (newest + 1 when none is), kind, then Seq and JSON of each entry, the oldest first
-- Invariant: every entry of a page belongs to the epoch that is returned with it
local meta = KEYS[1]
local log = KEYS[2]
local fresh = ARGV[1]
local after = tonumber(ARGV[2])
local upTo = tonumber(ARGV[3])
local most = tonumber(ARGV[4])
local bytes = tonumber(ARGV[5])

-- Entries are read in groups of this size: a page of long entries ends without reading all that it might hold.
local AT_ONCE = 20

local known = redis.call('HMGET', meta, 'epoch', 'run', 'seq', 'kind')
if not known[4] then return { 'NONE' } end

local newest, first = endsOf(log)
local epoch = epochAt(meta, known, newest, fresh)
local reply = { 'HEAD', epoch, seqText(newest), seqText(first), known[4] }
local last = math.min(upTo or newest, newest)
local left = most
local size = 0
while left > 0 and after < last do
  local asked = math.min(left, AT_ONCE)
  local entries = redis.call('XRANGE', log, seqText(after + 1), seqText(last), 'COUNT', asked)
  for _, entry in ipairs(entries) do
    local json = entry[2][2]
    if left < most and size + #json > bytes then return reply end
    left = left - 1
    size = size + #json
    after = seqOf(entry[1])
    reply[#reply + 1] = seqText(after)
    reply[#reply + 1] = json
  end
  if #entries < asked then return reply end
end
return reply
