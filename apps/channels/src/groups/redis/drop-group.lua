-- Takes a group out of those of a user, and notes it as one that the user has been in.
--
-- KEYS[1] groups: sorted set of the user's groups
-- KEYS[2] left: sorted set of the groups that the user has been in
-- ARGV[1] group: UUID of the group
-- Returns: 1 when it was one of the user's, 0 otherwise
-- Invariant: a group that a user has been in is in one of the two
local groups, left = KEYS[1], KEYS[2]
local group = ARGV[1]
if redis.call('ZREM', groups, group) == 0 then return 0 end
redis.call('ZADD', left, 0, group)
return 1
