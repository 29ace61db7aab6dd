-- Forgets that something may be written down of a user.
--
-- KEYS[1] told: sorted set of such users by when that was noted last, in milliseconds
-- ARGV[1] userUUID: who
-- ARGV[2] notedAt: when it was noted, as the caller has read it
-- Returns: 1 if it is forgotten, 0 if it was noted again
-- Invariant: a note that was renewed since it was read stays
local told = KEYS[1]
local userUUID = ARGV[1]
local notedAt = ARGV[2]

if redis.call('ZSCORE', told, userUUID) ~= notedAt then return 0 end
return redis.call('ZREM', told, userUUID)
