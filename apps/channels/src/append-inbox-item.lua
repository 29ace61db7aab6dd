-- Puts a message into the inbox of its recipient and publishes the item, once per message: takes the next Seq of the
-- inbox, appends to its log, counts the message as unread and publishes.
--
-- KEYS[1] meta: hash of the inbox, made here when it is new
-- KEYS[2] log: stream of the items
-- KEYS[3] unread: hash of the numbers of unread messages by channel
-- KEYS[4] recorded: set of the messages that were put in lately
-- KEYS[5] recordedEarlier: set of those that were put in before that
-- ARGV[1] fresh: random UUID, the epoch if one begins
-- ARGV[2] record: the message's UUID, as short as can be
-- ARGV[3] recordMs: least time for which a record is remembered, in milliseconds
-- ARGV[4] channel: UUID of the message's channel
-- ARGV[5] message: JSON of the message
-- ARGV[6] keep: number of newest items that stay at least
-- ARGV[7] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[8] frames: pub/sub channel of the frames
-- Returns: Seq of the item, or 0 when the message was put in before
-- Invariant: a message is put in and counted once; within an epoch each Seq is given once, without holes, in the order of publication
local meta = KEYS[1]
local log = KEYS[2]
local unread = KEYS[3]
local recorded = KEYS[4]
local recordedEarlier = KEYS[5]
local fresh = ARGV[1]
local record = ARGV[2]
local recordMs = tonumber(ARGV[3])
local channel = ARGV[4]
local message = ARGV[5]
local keep = ARGV[6]
local publish = ARGV[7]
local frames = ARGV[8]

if redis.call('SISMEMBER', recordedEarlier, record) == 1 then return '0' end
if redis.call('SISMEMBER', recorded, record) == 1 then return '0' end

-- As append-message.lua has it: a Redis process that did not write the last entry, and a log and a count that
-- disagree, mean that a tail may be lost.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
local known = redis.call('HMGET', meta, 'epoch', 'run', 'seq')
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local top = newest and tonumber(string.match(newest[1], '^%d+')) or 0
local seq = tonumber(known[3] or 0)
local epoch = known[1]
if not epoch or known[2] ~= run or seq ~= top then epoch = fresh end
seq = math.max(seq, top) + 1

-- The first write is one that a full Redis refuses: then nothing at all is written.
local seqText = string.format('%.0f', seq)
local item = '{"seq":' .. seqText .. ',"kind":"message","channelUUID":"' .. channel .. '","message":' .. message .. '}'
redis.call('XADD', log, 'MAXLEN', '~', keep, seqText .. '-0', 'm', item)
redis.call('HSET', meta, 'kind', 'inbox', 'epoch', epoch, 'run', run, 'seq', seqText)
redis.call('HINCRBY', unread, channel, 1)

-- Two sets take turns, as the hashes of append-message.lua do.
local left = redis.call('PTTL', recorded)
if left >= 0 and left < recordMs then
  redis.call('RENAME', recorded, recordedEarlier)
  left = -2
end
redis.call('SADD', recorded, record)
if left < 0 then redis.call('PEXPIRE', recorded, 2 * recordMs) end

local frame = '{"type":"inboxItem","inboxItem":' .. item .. '}'
local epochTag = tonumber(string.sub(epoch, 1, 8), 16)
redis.call(publish, frames, struct.pack('>I8I4I4', seq, epochTag, #frame) .. frame)
return seqText
