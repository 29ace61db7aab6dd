-- Removes a credential if it is still the user's.
--
-- KEYS[1] credential: hash of the username's credential
-- ARGV[1] userUUID: whose credential to remove
-- ARGV[2] evenRetired: 1 to remove also what is left of a deleted account
-- Returns: 1 if it was removed, 0 if there is none, it is another user's or stays for a deleted account
-- Invariant: a failed sign-up never removes another user's credential, and never frees the name of a deleted account
local credential = KEYS[1]
local userUUID = ARGV[1]
local evenRetired = ARGV[2] == '1'

if redis.call('HGET', credential, 'userUUID') ~= userUUID then
  return 0
end
if not evenRetired and redis.call('HEXISTS', credential, 'deletedAt') == 1 then
  return 0
end
return redis.call('DEL', credential)
