-- Notes whose a private channel is that nobody has joined or written to.
--
-- Prelude: log.lua
-- KEYS[1] meta: hash of the channel
-- ARGV[1] user: UUID of one of the two users
-- ARGV[2] partner: UUID of the other
-- Returns: 1 when it was noted, 0 when it was known
-- Invariant: what a channel is never changes
local meta = KEYS[1]
local user, partner = ARGV[1], ARGV[2]

if redis.call('HEXISTS', meta, 'kind') == 1 then return 0 end
local createdAt = string.format('%d', nowMs())
redis.call('HSET', meta, 'kind', 'private', 'createdAt', createdAt, 'a', user, 'b', partner)
return 1
