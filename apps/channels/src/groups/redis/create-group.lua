-- Makes a group, once: its maker owns it.
--
-- Prelude: ../../redis/log.lua
-- KEYS[1] meta: hash of the group
-- KEYS[2] members: hash of the members' roles
-- KEYS[3] roster: sorted set of the members by ordinal
-- KEYS[4] auditLog: stream of what was changed
-- ARGV[1] owner: UUID of the maker
-- ARGV[2] name: its name
-- ARGV[3] topic: its topic, which may be empty
-- ARGV[4] private: 1 or 0
-- ARGV[5] deadline: when it may be made at the latest, in ms by Redis's clock
-- Returns: CREATED, also where the maker has made it before; TAKEN where another user has; LATE when the deadline has passed
-- Invariant: a group has one owner from the start
local meta, members, roster, auditLog = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local owner, name, topic, private = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local deadline = tonumber(ARGV[5])

local kind, maker = unpack(redis.call('HMGET', meta, 'kind', 'maker'))
if kind then return maker == owner and 'CREATED' or 'TAKEN' end
local now = nowMs()
if now > deadline then return 'LATE' end
redis.call('HSET', meta, 'kind', 'group', 'createdAt', string.format('%d', now), 'maker', owner, 'name', name, 'topic', topic,
  'private', private, 'archived', '0', 'owner', owner, 'members', 1, 'joins', 1)
redis.call('HSET', members, owner, 'owner 1 0')
redis.call('ZADD', roster, 1, owner)
redis.call('XADD', auditLog, '*', 'm', '{"action":"channelCreate","by":"' .. owner .. '"}')
return 'CREATED'
