-- Notes a group as one of a user's, before the user is made a member of it.
--
-- KEYS[1] groups: sorted set of the user's groups
-- ARGV[1] group: UUID of the group
-- ARGV[2] most: number of groups of a user at most
-- Returns: 1 when it is noted, 0 when the user has too many
-- Invariant: no user has more than `most`
local groups = KEYS[1]
local group, most = ARGV[1], tonumber(ARGV[2])
if not redis.call('ZSCORE', groups, group) and redis.call('ZCARD', groups) >= most then return 0 end
redis.call('ZADD', groups, 0, group)
return 1
