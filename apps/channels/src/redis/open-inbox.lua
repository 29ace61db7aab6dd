-- Says where an inbox stands for its reader and how many messages of which channels are unread, all of one moment.
--
-- Prelude: log-read.lua
-- KEYS[1] meta: hash of the inbox
-- KEYS[2] log: stream of the items
-- KEYS[3] unread: hash of the numbers of unread messages by channel
-- ARGV[1] asked: epoch that the reader counts in, empty for none
-- Returns: epoch, newest Seq, oldest Seq that is there (newest + 1 when none is), the Seq after which the epoch began, the newest Seq in common with the epoch asked for, numbers of unread messages, each after its channel
-- Invariant: the epoch, the Seqs and the numbers of unread messages are of one moment
local meta = KEYS[1]
local log = KEYS[2]
local unread = KEYS[3]
local asked = ARGV[1]

local epoch, newest, first, from, common = headOf(meta, log, redis.call('HMGET', meta, 'epoch', 'began', 'changes'), asked)
return { epoch, newest, first, from, common, redis.call('HGETALL', unread) }
