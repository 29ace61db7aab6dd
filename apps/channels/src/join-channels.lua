-- Joins a connection to a channel and takes the snapshot that its answer is made of, in one step, so that
-- every frame is either in the snapshot or published after it; tells the members.
--
-- KEYS[1] meta: hash of the channel, made here when the channel is new
-- KEYS[2] log: stream of the messages
-- KEYS[3] joined: hash of the connections that the gateway has joined here
-- KEYS[4] users: hash of the joined users' numbers of connections
-- ARGV[1] kind: general or private, for a channel that is new
-- ARGV[2] partner: UUID of the other user of a private channel, empty otherwise
-- ARGV[3] fresh: random UUID, the epoch if one begins
-- ARGV[4] connection: SUUID of the connection
-- ARGV[5] entry: UUID of its user, a space and the mark of this request
-- ARGV[6] messages: number of newest messages wanted, at least 1
-- ARGV[7] shown: number of joined users wanted at most
-- ARGV[8] frame: JSON that tells the members
-- ARGV[9] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[10] frames: pub/sub channel of the frames
-- Returns: FORBIDDEN (nothing was changed), or JOINED or REJOINED (it was joined here by another request), then epoch, Seq, messages as JSON with the newest first, UUIDs of joined users, number of joined users
-- Invariant: a connection counts once however often it joins, and one request tells the members once
local meta = KEYS[1]
local log = KEYS[2]
local joined = KEYS[3]
local users = KEYS[4]
local kind = ARGV[1]
local partner = ARGV[2]
local fresh = ARGV[3]
local connection = ARGV[4]
local entry = ARGV[5]
local messages = tonumber(ARGV[6])
local shown = tonumber(ARGV[7])
local frame = ARGV[8]
local publish = ARGV[9]
local frames = ARGV[10]

local user = string.match(entry, '^%S+')
local known = redis.call('HMGET', meta, 'kind', 'a', 'b', 'epoch', 'run', 'seq')
local isPrivate = (known[1] or kind) == 'private'
if known[1] and isPrivate and user ~= known[2] and user ~= known[3] then return { 'FORBIDDEN' } end

local before = redis.call('HGET', joined, connection)
local userBefore = before and string.match(before, '^%S+')

-- As append-messages.lua has it: a Redis process that did not write the last entry, and a log and a count that
-- disagree, mean that a tail may be lost, which whoever joins from now on has to be able to see.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', messages)
local top = newest[1] and tonumber(string.match(newest[1][1], '^%d+')) or 0
local seq = tonumber(known[6] or 0)
local epoch = known[4]
local epochBegins = not epoch or known[5] ~= run or seq ~= top
if epochBegins then epoch = fresh end
local seqText = string.format('%.0f', math.max(seq, top))

-- The first write is one that a full Redis refuses: then nothing at all is written.
redis.call('HSET', joined, connection, entry)
if userBefore ~= user then
  redis.call('HINCRBY', users, user, 1)
  if userBefore and redis.call('HINCRBY', users, userBefore, -1) <= 0 then
    redis.call('HDEL', users, userBefore)
  end
end
if epochBegins then redis.call('HSET', meta, 'epoch', epoch, 'run', run, 'seq', seqText) end
if not known[1] then
  local now = redis.call('TIME')
  local ms = string.format('%.0f', tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000))
  redis.call('HSET', meta, 'kind', kind, 'createdAt', ms)
  if isPrivate then redis.call('HSET', meta, 'a', user, 'b', partner) end
end

if before ~= entry then redis.call(publish, frames, struct.pack('>I8I4I4', 0, 0, #frame) .. frame) end

local texts = {}
for index, message in ipairs(newest) do texts[index] = message[2][2] end
local outcome = before and before ~= entry and 'REJOINED' or 'JOINED'
return { outcome, epoch, seqText, texts, redis.call('HRANDFIELD', users, shown), redis.call('HLEN', users) }
