-- Reads a key, and notes that it was used.
--
-- KEYS[1] key: hash, what is stored of it
-- ARGV[1] hash: SHA-256 of the proof that its secret is known
-- ARGV[2] coarseMs: how far off the last use may be, in milliseconds
-- Returns: the time, in milliseconds, and then hash, name, scopes, createdAt, createdBy, lastUsedAt, expiresAt, userUUID and external as stored
-- Invariant: only a use with the right proof is noted, and none of a key that was revoked
local key = KEYS[1]
local hash = ARGV[1]
local coarseMs = tonumber(ARGV[2])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call(
  'HMGET', key, 'hash', 'name', 'scopes', 'createdAt', 'createdBy', 'lastUsedAt', 'expiresAt', 'userUUID', 'external'
)
if stored[1] == hash and now - tonumber(stored[6] or 0) >= coarseMs then
  -- A full Redis does not take it. The key opens what it opens all the same.
  redis.pcall('HSET', key, 'lastUsedAt', string.format('%.0f', now))
end
return { now, unpack(stored, 1, 9) }
