-- Gives a user of an identity provider another username.
--
-- KEYS[1] external: hash, what is stored of the user of the identity provider
-- ARGV[1] from: the username that was read; empty if there was none
-- ARGV[2] to: the new username
-- ARGV[3] wanted: the name that the identity provider gave
-- Returns: the username that is stored now, which is another one if it has changed since it was read; empty for a deleted account
-- Invariant: of two sign-ins at once that choose a username, one wins, and both learn which
local external = KEYS[1]
local from = ARGV[1]
local to = ARGV[2]
local wanted = ARGV[3]

if redis.call('HEXISTS', external, 'deletedAt') == 1 or redis.call('HEXISTS', external, 'userUUID') == 0 then
  return ''
end
local stored = redis.call('HGET', external, 'username') or ''
if stored ~= from then
  return stored
end
redis.call('HSET', external, 'username', to, 'wanted', wanted)
return to
