-- Claims a username for a user and adds the user to the directory.
--
-- KEYS[1] index: hash, username in its compared form → user UUID
-- KEYS[2] names: hash, user UUID → username as displayed
-- KEYS[3] order: sorted set, user UUID by place in the order of registration
-- ARGV[1] usernameKey: the username in its compared form
-- ARGV[2] userUUID: who claims it
-- ARGV[3] username: as displayed
-- Returns: the username as displayed if the user has it, from now on or from an earlier claim; nil if another user has it or the user has another one
-- Invariant: a username belongs to one user and a user has one username, however claims are repeated or run concurrently
local index = KEYS[1]
local names = KEYS[2]
local order = KEYS[3]
local usernameKey = ARGV[1]
local userUUID = ARGV[2]
local username = ARGV[3]

local owner = redis.call('HGET', index, usernameKey)
if owner then
  return owner == userUUID and redis.call('HGET', names, userUUID)
end
if redis.call('HEXISTS', names, userUUID) == 1 then
  return false
end

local last = redis.call('ZRANGE', order, -1, -1, 'WITHSCORES')
local place = (tonumber(last[2]) or 0) + 1
redis.call('HSET', index, usernameKey, userUUID)
redis.call('HSET', names, userUUID, username)
redis.call('ZADD', order, string.format('%.0f', place), userUUID)
return username
