-- Makes a channel that is new, without an epoch, which begins when the log is first read, joined or written to.
--
-- Prelude: log.lua
-- KEYS[1] meta: hash of the channel
-- ARGV[1] kind: general or private
-- ARGV[2] one: UUID of a user of a private channel, empty otherwise
-- ARGV[3] other: UUID of the other user
-- Returns: 1 when the channel was made, 0 when it existed
-- Invariant: what a channel is never changes
local meta = KEYS[1]
local kind = ARGV[1]
local one = ARGV[2]
local other = ARGV[3]

if redis.call('HEXISTS', meta, 'kind') == 1 then return 0 end
redis.call('HSET', meta, 'kind', kind, 'createdAt', string.format('%d', nowMs()))
if kind == 'private' then redis.call('HSET', meta, 'a', one, 'b', other) end
return 1
