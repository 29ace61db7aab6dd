-- Removes a credential, if it is still the user's.
--
-- KEYS[1] credential: hash of the username's credential
-- ARGV[1] userUUID: whose credential is to go
-- Returns: 1 when it was removed, 0 when there is none or another's
-- Invariant: nobody's credential is removed by somebody else's failed sign-up
local credential = KEYS[1]
local userUUID = ARGV[1]

if redis.call('HGET', credential, 'userUUID') ~= userUUID then
  return 0
end
return redis.call('DEL', credential)
