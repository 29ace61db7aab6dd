-- Says where an inbox stands and how much in it is unread, both of one moment; makes the inbox when it is new, and
-- begins a new epoch where a tail may be lost.
--
-- KEYS[1] meta: hash of the inbox
-- KEYS[2] log: stream of the items
-- KEYS[3] unread: hash of the numbers of unread messages by channel
-- ARGV[1] fresh: random UUID, the epoch if one begins
-- Returns: epoch, newest Seq, oldest Seq that is there (newest + 1 when none is), number of unread messages
-- Invariant: once lost items may have been told of, whoever opens the inbox sees another epoch than before
local meta = KEYS[1]
local log = KEYS[2]
local unread = KEYS[3]
local fresh = ARGV[1]

local function seqOf(entry) return entry and tonumber(string.match(entry[1], '^%d+')) end
local function text(seq) return string.format('%.0f', seq) end

-- As read-log.lua has it; the newest item of an inbox is never taken out, so that it is the log's end.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
local known = redis.call('HMGET', meta, 'epoch', 'run', 'seq')
local newest = seqOf(redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]) or 0
local first = seqOf(redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]) or 1
local epoch = known[1]
if not epoch or known[2] ~= run or tonumber(known[3] or 0) ~= newest then
  epoch = fresh
  redis.call('HSET', meta, 'kind', 'inbox', 'epoch', epoch, 'run', run, 'seq', text(newest))
end

local total = 0
for _, number in ipairs(redis.call('HVALS', unread)) do total = total + tonumber(number) end
return { epoch, text(newest), text(first), total }
