-- Notes that a change of what is said of a user is told. Idempotent.
--
-- KEYS[1] profiles: hash of the slot, user UUID → JSON of what is said, and <userUUID>:untold → the mark of a change that is not told yet
-- ARGV[1] userUUID: who it is said of
-- ARGV[2] mark: names the change
-- Returns: nothing
-- Invariant: a later change stays marked
local profiles = KEYS[1]
local userUUID = ARGV[1]
local mark = ARGV[2]

local untold = userUUID .. ':untold'
if redis.call('HGET', profiles, untold) == mark then redis.call('HDEL', profiles, untold) end
