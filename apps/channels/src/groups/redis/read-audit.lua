-- Reads a page of what was changed in a group, the newest first.
--
-- Prelude: group.lua
-- KEYS[1] meta: hash of the group
-- KEYS[2] auditLog: stream of what was changed
-- ARGV[1] user: UUID of who asks
-- ARGV[2] row: who may, "<role>>none" each
-- ARGV[3] before: id of the entry below which to read; empty for the newest
-- ARGV[4] limit: number of entries at most
-- Returns: NOT_FOUND, OUTSIDER or FORBIDDEN; or of each entry its id and its JSON
-- Invariant: only those whom the row names see it
local meta, auditLog = KEYS[1], KEYS[2]
local user, row, before, limit = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local kind, private = unpack(redis.call('HMGET', meta, 'kind', 'private'))
local refusal = refusalOf(meta, kind, private, user)
if refusal then return refusal end
if not allows(row, memberOf(meta, user), 'none') then return 'FORBIDDEN' end
local reply = {}
for _, entry in ipairs(redis.call('XREVRANGE', auditLog, before == '' and '+' or '(' .. before, '-', 'COUNT', limit)) do
  reply[#reply + 1] = entry[1]
  reply[#reply + 1] = entry[2][2]
end
return reply
