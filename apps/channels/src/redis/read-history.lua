-- Reads a page of a channel's messages: forwards from a Seq, or backwards from a Seq or from the newest.
--
-- KEYS[1] log: stream of the messages
-- ARGV[1] after: Seq below the page, to read forwards; empty to read backwards
-- ARGV[2] before: Seq above the page; empty for none
-- ARGV[3] offset: number of newest messages to pass over; counts only without after and before
-- ARGV[4] limit: number of messages at most
-- ARGV[5] bytes: size of the messages at most, in bytes; one message comes whatever its size
-- Returns: number of messages in the log, 1 when there are more in the direction of reading or else 0, messages as JSON in the order of reading
-- Invariant: the page is next to where it was asked for, so that pages put together leave nothing out
local log = KEYS[1]
local after = tonumber(ARGV[1])
local before = tonumber(ARGV[2])
local offset = tonumber(ARGV[3])
local limit = tonumber(ARGV[4])
local bytes = tonumber(ARGV[5])

-- Messages are read by so many: a page of long ones is cut without having read all of it.
local AT_ONCE = 20

local function seqOf(entry) return entry and tonumber(string.match(entry[1], '^%d+')) or 0 end
local function text(seq) return string.format('%.0f', seq) end

-- Seqs have no holes, but after a loss of entries: there, pages by offset may overlap.
local newest = seqOf(redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1])
local high = newest
if before then high = math.min(newest, before - 1) elseif not after then high = newest - offset end
local low = after and after + 1 or 0

local function read(count)
  if low > high then return {} end
  if after then return redis.call('XRANGE', log, text(low), text(high), 'COUNT', count) end
  return redis.call('XREVRANGE', log, text(high), text(low), 'COUNT', count)
end

local page = {}
local size = 0
local more
repeat
  local asked = math.min(AT_ONCE, limit + 1 - #page)
  local entries = read(asked)
  for _, entry in ipairs(entries) do
    local json = entry[2][2]
    more = #page == limit or (#page > 0 and size + #json > bytes)
    if more then break end
    page[#page + 1] = json
    size = size + #json
    if after then low = seqOf(entry) + 1 else high = seqOf(entry) - 1 end
  end
until more or #entries < asked
return { redis.call('XLEN', log), more and 1 or 0, page }
