-- Removes a user from the directory. The username stays taken.
--
-- KEYS[1] names: hash, user UUID → username as displayed
-- KEYS[2] order: sorted set, user UUID by place in the order of registration
-- ARGV[1] userUUID: who is removed
-- Returns: nothing
-- Invariant: the index keeps whose the username was, so that nobody else gets it
local names = KEYS[1]
local order = KEYS[2]
local userUUID = ARGV[1]

redis.call('HDEL', names, userUUID)
redis.call('ZREM', order, userUUID)
