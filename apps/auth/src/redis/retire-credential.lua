-- Leaves of a credential only that its username is taken.
--
-- KEYS[1] credential: hash of the username's credential
-- ARGV[1] userUUID: whose credential to retire
-- ARGV[2] passwordHash: hash of a password that nobody knows
-- ARGV[3] changedBy: names the request
-- Returns: 1 if it is retired, from now on or from an earlier run; 0 if there is none or it is another user's
-- Invariant: a username is never given to a second user; a retired credential says nothing of its user but the UUID
local credential = KEYS[1]
local userUUID = ARGV[1]
local passwordHash = ARGV[2]
local changedBy = ARGV[3]

if redis.call('HGET', credential, 'userUUID') ~= userUUID then
  return 0
end
if redis.call('HEXISTS', credential, 'deletedAt') == 1 then
  return 1
end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
-- A replica of the release before reads these fields and finds an account that no password opens.
redis.call(
  'HSET', credential,
  'username', userUUID, 'passwordHash', passwordHash, 'changedBy', changedBy, 'deletedAt', now
)
redis.call('HDEL', credential, 'createdAt', 'places')
return 1
