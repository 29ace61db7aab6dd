-- Reads a page of a log and where the log stands for the reader, in one step, so that the page belongs to the returned epoch.
--
-- Prelude: log-read.lua
-- KEYS[1] meta: hash of the channel or inbox
-- KEYS[2] log: stream of the messages or items
-- ARGV[1] asked: epoch that the reader counts in, empty for none
-- ARGV[2] after: Seq below the first entry wanted
-- ARGV[3] upTo: Seq of the last entry wanted, empty for the newest
-- ARGV[4] most: number of entries at most
-- ARGV[5] bytes: size of the entries at most, in bytes; the first one always fits
-- Returns: epoch, newest Seq, oldest Seq that is there (newest + 1 when none is), the Seq after which the epoch began, the newest Seq in common with the epoch asked for, then Seq and JSON of each entry, the oldest first: a message or an item, or the whole frame of a change
-- Invariant: every entry of a page is in the log of the epoch that is returned with it
local meta = KEYS[1]
local log = KEYS[2]
local asked = ARGV[1]
local after = tonumber(ARGV[2])
local upTo = tonumber(ARGV[3])
local most = tonumber(ARGV[4])
local bytes = tonumber(ARGV[5])

local known = redis.call('HMGET', meta, 'epoch', 'began', 'changes')
local reply = { headOf(meta, log, known, asked) }
local sources = sourcesOf(meta, log, known[3])
local newest = tonumber(reply[2])
local last = math.min(upTo or newest, newest)
local left = most
local size = 0
while left > 0 and after < last do
  local count = math.min(left, nextGroup(most - left, size, bytes))
  local entries = readEntries(sources, after + 1, last, count)
  for _, entry in ipairs(entries) do
    local json = entry[2][2]
    if left < most and size + #json > bytes then return reply end
    left = left - 1
    size = size + #json
    after = seqOf(entry[1])
    reply[#reply + 1] = seqText(after)
    reply[#reply + 1] = json
  end
  if #entries < count then return reply end
end
return reply
