-- Notes that something may be written down of a user. Works on a full Redis too: sign-outs do.
--
-- KEYS[1] told: sorted set of such users by when that was noted last, in milliseconds
-- ARGV[1] userUUID: who
-- ARGV[2] now: in milliseconds, by the clock of the caller
-- Returns: OK
-- Invariant: a note is never set back
local told = KEYS[1]
local userUUID = ARGV[1]
local now = ARGV[2]

-- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else.
redis.call('ZREM', told, '')
redis.call('ZADD', told, 'GT', now, userUUID)
return 'OK'
