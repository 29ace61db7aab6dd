-- Joins connections to channels and takes the snapshots for their answers, in one step, so that every frame is either in a
-- snapshot or published after it. Tells the members. What many joins need is done once for all; each fails alone. On a
-- Cluster all of them lie in one slot.
--
-- Prelude: log.lua
-- KEYS[1..] channels: for each join meta (hash of the channel, made here when the channel is new), log (stream of the messages), joined (hash of the connections that the gateway has joined here) and users (hash of the joined users' numbers of connections)
-- ARGV[1] shown: number of joined users wanted at most
-- ARGV[2] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[3..] joins: for each the kind of its channel if that is new (general or private), the UUID of the other user of a private one (empty otherwise), a random UUID (the epoch if one begins), the SUUID of the connection, the UUID of its user, a space and the mark of the request, the number of newest messages wanted (at least 1), the JSON that tells the members, the pub/sub channel of the frames
-- Returns: for each join FORBIDDEN (nothing was changed), REFUSED and Redis's error (nothing was changed where Redis is full), or JOINED or REJOINED (it was joined here by another request), then epoch, Seq, messages as JSON with the newest first, UUIDs of joined users, number of joined users
-- Invariant: a connection counts once however often it joins, and one request tells the members once
local shown = tonumber(ARGV[1])
local publish = ARGV[2]
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE = 3, 4, 8

local function make(meta, kind, user, partner)
  redis.call('HSET', meta, 'kind', kind, 'createdAt', string.format('%d', nowMs()))
  if kind == 'private' then redis.call('HSET', meta, 'a', user, 'b', partner) end
end

local function count(users, user, before)
  redis.call('HINCRBY', users, user, 1)
  if before and redis.call('HINCRBY', users, before, -1) <= 0 then redis.call('HDEL', users, before) end
end

local function join(key, at)
  local meta, log, joined, users = KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
  local kind, partner, fresh, connection, entry = unpack(ARGV, at, at + 4)
  local messages, frame, frames = tonumber(ARGV[at + 5]), ARGV[at + 6], ARGV[at + 7]

  local user = string.match(entry, '^%S+')
  local known = redis.call('HMGET', meta, 'epoch', 'run', 'seq', 'kind', 'a', 'b')
  if known[4] == 'private' and user ~= known[5] and user ~= known[6] then return { 'FORBIDDEN' } end

  local before = redis.call('HGET', joined, connection)
  local userBefore = before and string.match(before, '^%S+')

  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', messages)
  local last = newest[1] and tonumber(string.match(newest[1][1], '^%d+')) or 0
  local seq = math.max(tonumber(known[3] or 0), last)
  local epoch = isWhole(known, last) and known[1] or fresh

  -- The first write is one that a full Redis refuses: then nothing at all is written.
  redis.call('HSET', joined, connection, entry)
  if userBefore ~= user then count(users, user, userBefore) end
  if epoch == fresh then beginEpoch(meta, epoch, seq) end
  if not known[4] then make(meta, kind, user, partner) end
  if before ~= entry then redis.call(publish, frames, frameHead(0, 0, #frame) .. frame) end

  local texts = {}
  for index, message in ipairs(newest) do texts[index] = message[2][2] end
  local outcome = before and before ~= entry and 'REJOINED' or 'JOINED'
  return { outcome, epoch, string.format('%d', seq), texts, redis.call('HRANDFIELD', users, shown), redis.call('HLEN', users) }
end

local outcomes = {}
local key = 1
for at = FIRST, #ARGV, ARGS_OF_ONE do
  local done, outcome = pcall(join, key, at)
  if not done then outcome = { 'REFUSED', faultText(outcome) } end
  table.insert(outcomes, outcome)
  key = key + KEYS_OF_ONE
end
return outcomes
