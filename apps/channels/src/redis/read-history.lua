-- Reads a page of a channel's messages: forwards from a Seq, or backwards from a Seq or from the newest.
--
-- Prelude: log-read.lua
-- KEYS[1] meta: hash of the channel
-- KEYS[2] log: stream of the messages
-- ARGV[1] after: Seq below the page, to read forwards; empty to read backwards
-- ARGV[2] before: Seq above the page; empty for none
-- ARGV[3] offset: number of newest messages to skip; counts only without after and before
-- ARGV[4] limit: number of messages at most
-- ARGV[5] bytes: size of the messages at most, in bytes; the first one always fits
-- ARGV[6] user: UUID of the reader
-- ARGV[7] isGroup: 1 where the reader has to be a member of a group, 0 otherwise
-- Returns: NOT_FOUND or OUTSIDER for one who may not read the group; number of messages in the log with the tombstones, 1 when there are more in the direction of reading or else 0, messages as JSON in the order of reading
-- Invariant: a page begins right after or before the Seq that was given, so that successive pages leave nothing out
local meta = KEYS[1]
local log = KEYS[2]
local after = tonumber(ARGV[1])
local before = tonumber(ARGV[2])
local offset = tonumber(ARGV[3])
local limit = tonumber(ARGV[4])
local bytes = tonumber(ARGV[5])
local user = ARGV[6]
local isGroup = ARGV[7] == '1'

local changed, kind, isPrivate = unpack(redis.call('HMGET', meta, 'changes', 'kind', 'private'))
local refusal = isGroup and refusalOf(meta, kind, isPrivate, user)
if refusal then return refusal end

local sources = sourcesOf(meta, log, changed)

-- The Seq of the newest message but `offset`. Messages have holes between them where there are changes: there, the Seq up to which
-- there are so many messages is searched. They have others only where Redis lost entries; there, pages by offset may overlap.
local function newestBut(newest)
  if not changed then return newest - offset end
  local wanted = newest - changesUpTo(meta, newest) - offset
  local low, high = 0, newest
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if middle - changesUpTo(meta, middle) <= wanted then low = middle else high = middle - 1 end
  end
  return low
end

local newest = newestSeq(log)
if changed then newest = math.max(newest, (newestChange(meta))) end
local high = newest
if before then high = math.min(newest, before - 1) elseif not after then high = newestBut(newest) end
local low = after and after + 1 or 0

local page = {}
local size = 0
local more
repeat
  local asked = math.min(nextGroup(#page, size, bytes), limit + 1 - #page)
  local entries = readShown(sources, low, high, asked, not after, user)
  for _, entry in ipairs(entries) do
    local json = entry[2][2]
    more = #page == limit or (#page > 0 and size + #json > bytes)
    if more then break end
    page[#page + 1] = json
    size = size + #json
    if after then low = seqOf(entry[1]) + 1 else high = seqOf(entry[1]) - 1 end
  end
until more or #entries < asked
local total = redis.call('XLEN', log) + (changed and redis.call('ZCARD', sources.gone) or 0)
return { total, more and 1 or 0, page }
