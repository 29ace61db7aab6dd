-- Makes a user of an identity provider a user, unless it is one.
--
-- KEYS[1] external: hash, what is stored of the user of the identity provider
-- ARGV[1] issuer: iss of its tokens
-- ARGV[2] subject: sub of its tokens
-- ARGV[3] userUUID: the user that it becomes
-- Returns: the UUID of the user that it is now
-- Invariant: a user of an identity provider is one user, however many sign-ins come at once; a revocation from before stays
local external = KEYS[1]
local issuer = ARGV[1]
local subject = ARGV[2]
local userUUID = ARGV[3]

local stored = redis.call('HGET', external, 'userUUID')
if stored then
  return stored
end
local revokedAt = redis.call('HGET', external, 'revokedAt')
-- What was left of a purged user had a life time. Not PERSIST: the ACL rules of the version before do not allow it.
redis.call('DEL', external)
redis.call('HSET', external, 'userUUID', userUUID, 'issuer', issuer, 'subject', subject)
if revokedAt then
  redis.call('HSET', external, 'revokedAt', revokedAt)
end
return userUUID
