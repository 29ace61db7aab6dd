-- Removes a user from the directory for ever. The username is free from then on.
--
-- KEYS[1] index: hash, username in its compared form → user UUID
-- KEYS[2] names: hash, user UUID → username as displayed
-- KEYS[3] order: sorted set, user UUID by place in the order of registration
-- KEYS[4] alikes: sorted set of <form>:<kind>:<userUUID>, what each name looks like
-- KEYS[5] copying: hash, removals: how many users were removed
-- KEYS[6] created: hash, user UUID → when the user was made, in milliseconds
-- ARGV[1] usernameKey: the username of the user in its compared form
-- ARGV[2] userUUID: who is removed
-- ARGV[3..] entries: those of alikes that may be the user's
-- Returns: how many users were removed, with this one
-- Invariant: a name that another user has by now stays that user's
local index = KEYS[1]
local names = KEYS[2]
local order = KEYS[3]
local alikes = KEYS[4]
local copying = KEYS[5]
local created = KEYS[6]
local usernameKey = ARGV[1]
local userUUID = ARGV[2]
local FIRST = 3

if redis.call('HGET', index, usernameKey) == userUUID then redis.call('HDEL', index, usernameKey) end
for at = FIRST, #ARGV do
  redis.call('ZREM', alikes, ARGV[at])
end
redis.call('ZREM', order, userUUID)
redis.call('HDEL', names, userUUID)
redis.call('HDEL', created, userUUID)
-- Comes last: a full Redis allows it after a deletion.
return redis.call('HINCRBY', copying, 'removals', 1)
