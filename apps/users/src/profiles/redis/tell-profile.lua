-- Tells of a change of what is said of a user, unless the user is gone: nothing is told of a user after the deletion.
--
-- KEYS[1] names: hash, user UUID → username as displayed
-- KEYS[2] told: stream of what has happened to users
-- ARGV[1] userUUID: whose profile has changed
-- ARGV[2] mark: names the change
-- ARGV[3] keepTold: number of entries of `told` that stay, about
-- Returns: nothing
-- Invariant: a change that is told twice has the same mark
local names = KEYS[1]
local told = KEYS[2]
local userUUID = ARGV[1]
local mark = ARGV[2]
local keepTold = ARGV[3]

local username = redis.call('HGET', names, userUUID)
if not username then return end
redis.call('XADD', told, 'MAXLEN', '~', keepTold, '*', 't', 'account.updated', 'u', userUUID, 'n', username, 'k', mark)
