-- Removes an entry of a user from one of many slots of the directory.
--
-- KEYS[1] copies: hash of the slot, user UUID → username as displayed, or username in its compared form → user UUID
-- KEYS[2] removed: sorted set of the slot, user UUID by the number of the removal
-- ARGV[1] userUUID: who is removed
-- ARGV[2] field: of the entry
-- ARGV[3] removals: the number of the removal
-- ARGV[4] keepMs: how long late copies are refused, in milliseconds
-- ARGV[5] most: the most removals that are remembered in the slot
-- Returns: nothing
-- Invariant: a name that another user has by now stays that user's; what was read before the removal is not copied after it
local copies = KEYS[1]
local removed = KEYS[2]
local userUUID = ARGV[1]
local field = ARGV[2]
local removals = ARGV[3]
local keepMs = ARGV[4]
local most = tonumber(ARGV[5])

-- Comes first: a full Redis refuses the first write if it needs room, and allows all that follow a deletion.
redis.call('ZREMRANGEBYRANK', removed, 0, -most)
redis.call('ZADD', removed, 'GT', removals, userUUID)
redis.call('PEXPIRE', removed, keepMs)
if field == userUUID or redis.call('HGET', copies, field) == userUUID then redis.call('HDEL', copies, field) end
