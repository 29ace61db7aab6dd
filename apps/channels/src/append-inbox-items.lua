-- Puts messages into the inbox of their recipient and publishes the items, once per message, in the order in which they
-- are given: takes the next Seqs of the inbox, appends to its log, counts the messages as unread and publishes.
--
-- KEYS[1] meta: hash of the inbox, made here when it is new
-- KEYS[2] log: stream of the items
-- KEYS[3] unread: hash of the numbers of unread messages by channel
-- KEYS[4] posted: set of the messages with a clientUUID that were put in lately
-- KEYS[5] postedEarlier: set of those that were put in before that
-- KEYS[6] handled: set of the messages without one that were put in lately
-- KEYS[7] handledEarlier: set of those that were put in before that
-- ARGV[1] fresh: random UUID, the epoch if one begins
-- ARGV[2] postedMs: least time for which a record in posted is remembered, in milliseconds
-- ARGV[3] handledMs: least time for which a record in handled is remembered, in milliseconds
-- ARGV[4] keep: number of newest items that stay at least
-- ARGV[5] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[6] frames: pub/sub channel of the frames
-- ARGV[7..] messages: for each posted or handled, its record (its UUID, as short as can be), UUID of its channel, 1 when it is unread and 0 otherwise, its JSON
-- Returns: number of messages that were put in; the others were put in before
-- Invariant: a message is put in and counted once; within an epoch each Seq is given once, without holes, in the order of publication
local meta = KEYS[1]
local log = KEYS[2]
local unread = KEYS[3]
local posted = KEYS[4]
local postedEarlier = KEYS[5]
local handled = KEYS[6]
local handledEarlier = KEYS[7]
local fresh = ARGV[1]
local postedMs = tonumber(ARGV[2])
local handledMs = tonumber(ARGV[3])
local keep = ARGV[4]
local publish = ARGV[5]
local frames = ARGV[6]
local FIRST, FIELDS = 7, 5

local memories = {
  posted = { younger = posted, older = postedEarlier, leastMs = postedMs, asked = {}, known = {}, added = {} },
  handled = { younger = handled, older = handledEarlier, leastMs = handledMs, asked = {}, known = {}, added = {} },
}

local function recall(memory)
  if #memory.asked == 0 then return end
  for _, half in ipairs({ memory.younger, memory.older }) do
    local values = redis.call('SMISMEMBER', half, unpack(memory.asked))
    for index, record in ipairs(memory.asked) do
      memory.known[record] = memory.known[record] or values[index] == 1
    end
  end
end

-- Two sets take turns, as the hashes of append-messages.lua do.
local function remember(memory)
  if #memory.added == 0 then return end
  local left = redis.call('PTTL', memory.younger)
  if left >= 0 and left < memory.leastMs then
    redis.call('RENAME', memory.younger, memory.older)
    left = -2
  end
  redis.call('SADD', memory.younger, unpack(memory.added))
  if left < 0 then redis.call('PEXPIRE', memory.younger, 2 * memory.leastMs) end
end

for at = FIRST, #ARGV, FIELDS do table.insert(memories[ARGV[at]].asked, ARGV[at + 1]) end
recall(memories.posted)
recall(memories.handled)

-- As append-messages.lua has it: a Redis process that did not write the last entry, and a log and a count that
-- disagree, mean that a tail may be lost.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
local state = redis.call('HMGET', meta, 'epoch', 'run', 'seq')
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local top = newest and tonumber(string.match(newest[1], '^%d+')) or 0
local seq = tonumber(state[3] or 0)
local epoch = state[1]
if not epoch or state[2] ~= run or seq ~= top then epoch = fresh end
seq = math.max(seq, top)
local epochTag = tonumber(string.sub(epoch, 1, 8), 16)

local published, counts = {}, {}

-- The first write is one that a full Redis refuses: then nothing at all is written.
local function put(channel, message)
  seq = seq + 1
  local seqText = string.format('%.0f', seq)
  local item = '{"seq":' .. seqText .. ',"kind":"message","channelUUID":"' .. channel .. '","message":' .. message .. '}'
  redis.call('XADD', log, 'MAXLEN', '~', keep, seqText .. '-0', 'm', item)
  local frame = '{"type":"inboxItem","inboxItem":' .. item .. '}'
  table.insert(published, struct.pack('>I8I4I4', seq, epochTag, #frame) .. frame)
end

for at = FIRST, #ARGV, FIELDS do
  local memory, record, channel = memories[ARGV[at]], ARGV[at + 1], ARGV[at + 2]
  if not memory.known[record] then
    put(channel, ARGV[at + 4])
    memory.known[record] = true
    table.insert(memory.added, record)
    if ARGV[at + 3] == '1' then counts[channel] = (counts[channel] or 0) + 1 end
  end
end
if #published == 0 then return 0 end

redis.call('HSET', meta, 'kind', 'inbox', 'epoch', epoch, 'run', run, 'seq', string.format('%.0f', seq))
for channel, count in pairs(counts) do redis.call('HINCRBY', unread, channel, count) end
remember(memories.posted)
remember(memories.handled)
redis.call(publish, frames, table.concat(published))
return #published
