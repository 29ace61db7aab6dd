-- Removes a user from the directory. The username stays taken, and so does what looks like it.
--
-- KEYS[1] names: hash, user UUID → username as displayed
-- KEYS[2] order: sorted set, user UUID by place in the order of registration
-- KEYS[3] alikes: sorted set of <form>:<kind>:<userUUID>, what each name looks like
-- KEYS[4] copying: hash, removals: how many users were removed
-- KEYS[5] created: hash, user UUID → when the user was made, in milliseconds
-- KEYS[6] told: stream of what has happened to users
-- ARGV[1] userUUID: who is removed
-- ARGV[2] username: as it was read
-- ARGV[3] keepTold: number of entries of `told` that stay, about; 0 if nobody is told
-- ARGV[4] kept: number of entries of alikes that follow and stay or are noted now
-- ARGV[5..] entries: those, and then those that go, because the spelling of the name is forgotten
-- Returns: how many users were removed, with this one
-- Invariant: the index keeps whose the username was, so that nobody else gets it; what the name of a purged user looks like is not noted again
local names = KEYS[1]
local order = KEYS[2]
local alikes = KEYS[3]
local copying = KEYS[4]
local created = KEYS[5]
local told = KEYS[6]
local userUUID = ARGV[1]
local username = ARGV[2]
local keepTold = ARGV[3]
local kept = tonumber(ARGV[4])
local FIRST = 5

if redis.call('HGET', names, userUUID) ~= username then
  return tonumber(redis.call('HGET', copying, 'removals') or 0)
end
for at = FIRST, #ARGV do
  if at < FIRST + kept then
    redis.call('ZADD', alikes, 0, ARGV[at])
  else
    redis.call('ZREM', alikes, ARGV[at])
  end
end
redis.call('HDEL', names, userUUID)
redis.call('HDEL', created, userUUID)
redis.call('ZREM', order, userUUID)
if keepTold ~= '0' then
  redis.call('XADD', told, 'MAXLEN', '~', keepTold, '*', 't', 'account.deleted', 'u', userUUID, 'n', username)
end
return redis.call('HINCRBY', copying, 'removals', 1)
