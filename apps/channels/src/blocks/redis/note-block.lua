-- Notes that one user of a private channel blocks the other, or takes that back.
--
-- Prelude: ../../redis/log.lua
-- KEYS[1] meta: hash of the channel, made here when somebody blocks and it is new
-- ARGV[1] user: UUID of the one who blocks
-- ARGV[2] partner: UUID of the other
-- ARGV[3] mark: names the block from now on; empty when it is taken back
-- ARGV[4] only: the mark of the only block that is taken back; empty for any
-- ARGV[5] deadline: after which nothing is done, in ms, by Redis's clock
-- Returns: DONE, LATE (the deadline has passed) or OTHER (another block is noted), which changed nothing
-- Invariant: a user has one block of a partner at most, and only what undoes that one, or any, undoes it
local meta = KEYS[1]
local user, partner, mark, only = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local deadline = tonumber(ARGV[5])

local now = nowMs()
if now > deadline then return 'LATE' end
local a = redis.call('HGET', meta, 'a')
local field = (a or user) == user and 'blockedByA' or 'blockedByB'
if mark == '' then
  if only ~= '' and redis.call('HGET', meta, field) ~= only then return 'OTHER' end
  redis.call('HDEL', meta, field)
  return 'DONE'
end
redis.call('HSET', meta, field, mark)
if not a then redis.call('HSET', meta, 'kind', 'private', 'createdAt', string.format('%d', now), 'a', user, 'b', partner) end
return 'DONE'
