-- Joins connections to channels and takes the snapshots that their answers are made of, in one step, so that every frame is
-- either in a snapshot or published after it; tells the members. What many joins need is done once for all of them; each
-- fails by itself. On a Cluster all of them lie in one slot.
--
-- KEYS[1..] channels: for each join meta (hash of the channel, made here when the channel is new), log (stream of the messages), joined (hash of the connections that the gateway has joined here) and users (hash of the joined users' numbers of connections)
-- ARGV[1] shown: number of joined users wanted at most
-- ARGV[2] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[3..] joins: for each the kind of its channel if that is new (general or private), the UUID of the other user of a private one (empty otherwise), a random UUID (the epoch if one begins), the SUUID of the connection, the UUID of its user with a space and the mark of the request behind it, the number of newest messages wanted (at least 1), the JSON that tells the members, the pub/sub channel of the frames
-- Returns: for each join FORBIDDEN (nothing was changed), REFUSED and Redis's error (nothing was changed where Redis is full), or JOINED or REJOINED (it was joined here by another request), then epoch, Seq, messages as JSON with the newest first, UUIDs of joined users, number of joined users
-- Invariant: a connection counts once however often it joins, and one request tells the members once
local shown = tonumber(ARGV[1])
local publish = ARGV[2]
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE = 3, 4, 8

-- As append-messages.lua has it: a Redis process that did not write the last entry, and a log and a count that
-- disagree, mean that a tail may be lost, which whoever joins from now on has to be able to see.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
local time = redis.call('TIME')
local now = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))

local function make(meta, kind, user, partner)
  redis.call('HSET', meta, 'kind', kind, 'createdAt', now)
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
  local known = redis.call('HMGET', meta, 'kind', 'a', 'b', 'epoch', 'run', 'seq')
  if known[1] == 'private' and user ~= known[2] and user ~= known[3] then return { 'FORBIDDEN' } end

  local before = redis.call('HGET', joined, connection)
  local userBefore = before and string.match(before, '^%S+')

  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', messages)
  local top = newest[1] and tonumber(string.match(newest[1][1], '^%d+')) or 0
  local seq = tonumber(known[6] or 0)
  local epoch = known[4]
  local epochBegins = not epoch or known[5] ~= run or seq ~= top
  if epochBegins then epoch = fresh end
  local seqText = string.format('%.0f', math.max(seq, top))

  -- The first write is one that a full Redis refuses: then nothing at all is written.
  redis.call('HSET', joined, connection, entry)
  if userBefore ~= user then count(users, user, userBefore) end
  if epochBegins then redis.call('HSET', meta, 'epoch', epoch, 'run', run, 'seq', seqText) end
  if not known[1] then make(meta, kind, user, partner) end
  if before ~= entry then redis.call(publish, frames, struct.pack('>I8I4I4', 0, 0, #frame) .. frame) end

  local texts = {}
  for index, message in ipairs(newest) do texts[index] = message[2][2] end
  local outcome = before and before ~= entry and 'REJOINED' or 'JOINED'
  return { outcome, epoch, seqText, texts, redis.call('HRANDFIELD', users, shown), redis.call('HLEN', users) }
end

local outcomes = {}
local key = 1
for at = FIRST, #ARGV, ARGS_OF_ONE do
  local done, outcome = pcall(join, key, at)
  if not done then outcome = { 'REFUSED', type(outcome) == 'table' and outcome.err or tostring(outcome) } end
  table.insert(outcomes, outcome)
  key = key + KEYS_OF_ONE
end
return outcomes
