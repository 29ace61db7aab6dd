-- Notes what is shown of a user of an identity provider.
--
-- KEYS[1] external: hash, what is stored of the user of the identity provider
-- ARGV[1] userUUID: the user of whom it is shown
-- ARGV[2] shown: what is shown, as JSON
-- Returns: 1, or 0 if that is not this user any more
-- Invariant: nothing of a person is left of a deleted or purged account
local external = KEYS[1]
local userUUID = ARGV[1]
local shown = ARGV[2]

if redis.call('HEXISTS', external, 'deletedAt') == 1 or redis.call('HGET', external, 'userUUID') ~= userUUID then
  return 0
end
redis.call('HSET', external, 'shown', shown)
return 1
