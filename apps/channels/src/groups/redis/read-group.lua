-- Says what a group is, and how a user stands in it.
--
-- Prelude: ../../redis/log-read.lua
-- KEYS[1] meta: hash of the group
-- KEYS[2] log: stream of its messages
-- KEYS[3] reads: hash of how far users have read
-- KEYS[4] users: hash of the joined users' numbers of connections
-- ARGV[1] user: UUID of who asks
-- Returns: nothing where there is no such group; or name, topic, private, archived, number of members, role of the user, who is outsider or banned if no member, newest Seq, number of unread messages, and the newest message as JSON, as the user reads it now (empty for none, and for who is no member)
-- Invariant: who is no member gets no message
local meta, log, reads, users = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local user = ARGV[1]

local known = redis.call('HMGET', meta, 'epoch', 'began', 'changes', 'kind', 'name', 'topic', 'private', 'archived', 'members', 'owner')
if known[4] ~= 'group' or known[10] == '' then return false end
local role = memberOf(meta, user)
local other = redis.call('HEXISTS', siblingKey(meta, 'banned'), user) == 1 and 'banned' or 'outsider'
local _, newest = headOf(meta, log, known, '')
local about = { known[5], known[6], known[7], known[8], known[9], role or other, newest, 0, '' }
if not role then return about end

local number = newest - (known[3] or 0)
local read = tonumber(string.match(redis.call('HGET', reads, user) or '', ' (%d+)$') or 0)
if redis.call('HEXISTS', users, user) == 0 then about[8] = math.max(0, number - read) end
local message = readShown(sourcesOf(meta, log, known[3]), 0, tonumber(newest), 1, true, user)[1]
about[9] = message and message[2][2] or ''
return about
