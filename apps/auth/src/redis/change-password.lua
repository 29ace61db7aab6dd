-- Gives a credential the hash of another password.
--
-- KEYS[1] credential: hash of the username's credential
-- ARGV[1] oldHash: the hash that the old password was checked against
-- ARGV[2] newHash: the hash to store
-- ARGV[3] changedBy: names the request
-- Returns: 1 if the password was changed, 0 if the credential has another hash by now
-- Invariant: of two changes at the same time, the later one was checked against the password that the earlier one set
local credential = KEYS[1]
local oldHash = ARGV[1]
local newHash = ARGV[2]
local changedBy = ARGV[3]

if redis.call('HGET', credential, 'passwordHash') ~= oldHash then
  return 0
end
redis.call('HSET', credential, 'passwordHash', newHash, 'changedBy', changedBy)
return 1
