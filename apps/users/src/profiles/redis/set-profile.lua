-- Sets what is said of a user. Where that is a change that is to be told, it is marked as not told yet, in the same step.
--
-- KEYS[1] profiles: hash of the slot, user UUID → JSON of what is said, and <userUUID>:untold → the mark of a change that is not told yet
-- ARGV[1] userUUID: who it is said of
-- ARGV[2] profile: the JSON; empty if nothing is said any more
-- ARGV[3] mark: names this change; empty if nobody is told
-- Returns: the mark of a change that is to be told, this one or an earlier one; nil if there is none
-- Invariant: a change is told, or marked as not told, also where the replica that made it has died
local profiles = KEYS[1]
local userUUID = ARGV[1]
local profile = ARGV[2]
local mark = ARGV[3]

local untold = userUUID .. ':untold'
if (redis.call('HGET', profiles, userUUID) or '') == profile then return redis.call('HGET', profiles, untold) end
-- A deletion comes first: a full Redis allows it, and then what follows.
if profile == '' then redis.call('HDEL', profiles, userUUID) else redis.call('HSET', profiles, userUUID, profile) end
if mark == '' then
  redis.call('HDEL', profiles, untold)
  return false
end
redis.call('HSET', profiles, untold, mark)
return mark
