-- Replaces a password hash by one of the same password with other parameters.
--
-- KEYS[1] credential: hash of the username's credential
-- ARGV[1] oldHash: the hash that the password was checked against
-- ARGV[2] newHash: what takes its place
-- Returns: 1 when it was replaced, 0 when the credential has another hash by now
-- Invariant: a hash made meanwhile, of another password, stays
local credential = KEYS[1]
local oldHash = ARGV[1]
local newHash = ARGV[2]

if redis.call('HGET', credential, 'passwordHash') ~= oldHash then
  return 0
end
redis.call('HSET', credential, 'passwordHash', newHash)
return 1
