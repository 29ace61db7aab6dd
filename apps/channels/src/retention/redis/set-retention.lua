-- Says or changes which messages of a channel are kept.
--
-- Prelude: ../../redis/log.lua
-- KEYS[1] meta: hash of the channel
-- KEYS[2] log: stream of the messages
-- ARGV[1] change: set, none (the channel keeps what the setting says) or show
-- ARGV[2] messages: with set, number of newest messages that stay at least, 0 for all; empty to leave it
-- ARGV[3] ms: with set, age that messages reach at most, in milliseconds, 0 for any; empty to leave it
-- ARGV[4] mayBeNew: 1 where nothing need be stored of the channel
-- Returns: ABSENT where nothing is stored of it; or the number, - where the setting counts, and the age
-- Invariant: what is not given stays
local meta = KEYS[1]
local log = KEYS[2]
local change = ARGV[1]
local messages = ARGV[2]
local ms = ARGV[3]
local mayBeNew = ARGV[4] == '1'

if not mayBeNew and redis.call('EXISTS', meta, log) == 0 then return 'ABSENT' end
if change == 'none' then redis.call('HDEL', meta, 'keep') end
local knownMessages, knownMs = keepOf(redis.call('HGET', meta, 'keep'))
if change ~= 'set' then return knownMessages .. ' ' .. knownMs end
local kept = (messages == '' and knownMessages or messages) .. ' ' .. (ms == '' and knownMs or ms)
-- The next message has the channel trimmed.
redis.call('HSET', meta, 'keep', kept .. ' 0')
return kept
