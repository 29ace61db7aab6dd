-- Reads a page of a group's members, in the order in which they came.
--
-- Prelude: ../../redis/log.lua
-- KEYS[1] meta: hash of the group
-- KEYS[2] members: hash of the members' roles
-- KEYS[3] roster: sorted set of the members by ordinal
-- ARGV[1] user: UUID of who asks
-- ARGV[2] after: ordinal below those wanted
-- ARGV[3] limit: number of members at most
-- Returns: NOT_FOUND or OUTSIDER; or the number of members, then of each the UUID and what the hash holds of it
-- Invariant: only members see who is one
local meta, members, roster = KEYS[1], KEYS[2], KEYS[3]
local user, after, limit = ARGV[1], ARGV[2], ARGV[3]

local kind, private, total = unpack(redis.call('HMGET', meta, 'kind', 'private', 'members'))
local refusal = refusalOf(meta, kind, private, user)
if refusal then return refusal end
local page = redis.call('ZRANGEBYSCORE', roster, '(' .. after, '+inf', 'LIMIT', 0, limit)
if #page == 0 then return { total } end
local entries, reply = redis.call('HMGET', members, unpack(page)), { total }
for at, each in ipairs(page) do
  reply[#reply + 1] = each
  reply[#reply + 1] = entries[at]
end
return reply
