-- Stores a credential, unless the username has one.
--
-- KEYS[1] credential: hash of the username's credential
-- ARGV[1] userUUID: its user
-- ARGV[2] username: as displayed
-- ARGV[3] passwordHash: argon2id in PHC string format
-- ARGV[4] places: where its user has signed in, separated by spaces
-- ARGV[5] external: the id of a user of an identity provider, who has no password; empty for one who has one
-- Returns: userUUID, username, passwordHash, places and external as stored now
-- Invariant: of all concurrent creations of a username's credential one wins, and all learn which
local credential = KEYS[1]
local userUUID = ARGV[1]
local username = ARGV[2]
local passwordHash = ARGV[3]
local places = ARGV[4]
local external = ARGV[5]

if redis.call('EXISTS', credential) == 0 then
  local time = redis.call('TIME')
  local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call(
    'HSET', credential,
    'userUUID', userUUID, 'username', username, 'passwordHash', passwordHash, 'createdAt', now,
    'places', places
  )
  if external ~= '' then
    redis.call('HSET', credential, 'external', external)
  end
end
return redis.call('HMGET', credential, 'userUUID', 'username', 'passwordHash', 'places', 'external')
