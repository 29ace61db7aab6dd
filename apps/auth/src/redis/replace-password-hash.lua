-- Replaces a password hash with one of the same password and other parameters.
--
-- KEYS[1] credential: hash of the username's credential
-- ARGV[1] oldHash: the hash that the password was checked against
-- ARGV[2] newHash: the hash to store
-- Returns: 1 if it was replaced, 0 if the credential has another hash by now
-- Invariant: the hash of a password that was changed meanwhile stays
local credential = KEYS[1]
local oldHash = ARGV[1]
local newHash = ARGV[2]

if redis.call('HGET', credential, 'passwordHash') ~= oldHash then
  return 0
end
redis.call('HSET', credential, 'passwordHash', newHash)
return 1
