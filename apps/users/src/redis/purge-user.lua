-- Removes a user from the directory for ever. The username is free from then on.
--
-- KEYS[1] index: hash, username in its compared form → user UUID
-- KEYS[2] names: hash, user UUID → username as displayed
-- KEYS[3] order: sorted set, user UUID by place in the order of registration
-- KEYS[4] alikes: sorted set of <form>:<kind>:<userUUID>, what each name looks like
-- KEYS[5] copying: hash, removals: how many users were removed
-- KEYS[6] created: hash, user UUID → when the user was made, in milliseconds
-- KEYS[7] told: stream of what has happened to users
-- ARGV[1] usernameKey: the username of the user in its compared form
-- ARGV[2] userUUID: who is removed
-- ARGV[3] keepTold: number of entries of `told` that stay, about; 0 if nobody is told
-- ARGV[4..] entries: those of alikes that may be the user's
-- Returns: how many users were removed, with this one
-- Invariant: a name that another user has by now stays that user's
local index = KEYS[1]
local names = KEYS[2]
local order = KEYS[3]
local alikes = KEYS[4]
local copying = KEYS[5]
local created = KEYS[6]
local told = KEYS[7]
local usernameKey = ARGV[1]
local userUUID = ARGV[2]
local keepTold = ARGV[3]
local FIRST = 4

if redis.call('HGET', index, usernameKey) == userUUID then redis.call('HDEL', index, usernameKey) end
for at = FIRST, #ARGV do
  redis.call('ZREM', alikes, ARGV[at])
end
redis.call('ZREM', order, userUUID)
local isNews = redis.call('HDEL', names, userUUID) == 1
redis.call('HDEL', created, userUUID)
-- These come last: a full Redis allows them after a deletion.
if isNews and keepTold ~= '0' then
  redis.call('XADD', told, 'MAXLEN', '~', keepTold, '*', 't', 'account.deleted', 'u', userUUID)
end
return redis.call('HINCRBY', copying, 'removals', 1)
