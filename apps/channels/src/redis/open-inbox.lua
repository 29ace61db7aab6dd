-- Says where an inbox stands and how many messages in it are unread, both of one moment. Makes the inbox when it is new, and
-- begins a new epoch where Redis may have lost a tail.
--
-- Prelude: log-read.lua
-- KEYS[1] meta: hash of the inbox
-- KEYS[2] log: stream of the items
-- KEYS[3] unread: hash of the numbers of unread messages by channel
-- ARGV[1] fresh: random UUID, the epoch if one begins
-- Returns: epoch, newest Seq, oldest Seq that is there (newest + 1 when none is), number of unread messages
-- Invariant: the epoch, the Seqs and the number of unread messages are of one moment
local meta = KEYS[1]
local log = KEYS[2]
local unread = KEYS[3]
local fresh = ARGV[1]

local newest, first = endsOf(log)
local epoch = epochAt(meta, redis.call('HMGET', meta, 'epoch', 'run', 'seq'), newest, fresh)
if epoch == fresh then redis.call('HSET', meta, 'kind', 'inbox') end

local total = 0
for _, number in ipairs(redis.call('HVALS', unread)) do total = total + tonumber(number) end
return { epoch, seqText(newest), seqText(first), total }
