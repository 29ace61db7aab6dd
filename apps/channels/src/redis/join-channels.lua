-- Joins connections to channels and takes the snapshots for their answers, in one step, so that every frame is either in a
-- snapshot or published after it. Who joins has read what is there. Tells the members. What many joins need is done once for all; each fails alone. On a
-- Cluster all of them lie in one slot.
--
-- Prelude: joined.lua
-- KEYS[1..] channels: for each join meta (hash of the channel, made here when the channel is new), log (stream of the messages), joined (hash of the connections that the gateway has joined here) and users (hash of the joined users' numbers of connections)
-- ARGV[1] shown: number of joined users wanted at most
-- ARGV[2] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[3] bytes: size of one join's messages at most; the newest one always fits
-- ARGV[4] allBytes: size of the messages that are read for all joins, about; the first join is always read
-- ARGV[5..] joins: for each the kind of its channel if that is new (general or private; a group is made before), the UUID of the other user of a private one (empty otherwise), the SUUID of the connection, its entry (the UUID of its user, the mark of the request, the order of its delivery, with spaces), 1 when the join is to be noted and 0 otherwise, the number of newest messages wanted (at least 1), the JSON that tells the members, the pub/sub channel of the frames, the deadline (in ms, by Redis's clock)
-- Returns: for each join FORBIDDEN, NOT_FOUND or OUTSIDER (no member of this public group), LATE (the deadline has passed, or a later request joined it here) LATER (it would be cut, and is not alone) or UNREAD (others took the room), which changed nothing, REFUSED and Redis's error, or JOINED or REJOINED (it was joined here by another request), then epoch, Seq, messages as JSON with the newest first, UUIDs of joined users, number of joined users, 1 when the join is noted and 0 otherwise, number of messages up to the newest entry, 1 when there are more messages of those wanted and 0 otherwise
-- Invariant: a connection counts once however often it joins, one request tells the members once, and none undoes a later one
local shown = tonumber(ARGV[1])
local publish = ARGV[2]
local bytes = tonumber(ARGV[3])
local allBytes = tonumber(ARGV[4])
local FIRST, KEYS_OF_ONE, ARGS_OF_ONE = 5, 4, 9

-- Bytes that were read.
local read = 0

-- The newest messages, the newest first: `most` at most, and no more than fit in `room`. After them the Seq of the first, nothing
-- where there is none, and whether they did not fit.
local HIGHEST = 2 ^ 53 - 1
local function newestOf(sources, most, room, user)
  local texts, size, high, seq = {}, 0, HIGHEST, nil
  repeat
    local asked = math.min(nextGroup(#texts, size, room), most - #texts)
    local entries = readShown(sources, 0, high, asked, true, user)
    for _, entry in ipairs(entries) do
      local json = entry[2][2]
      read = read + #json
      if #texts > 0 and size + #json > room then return texts, seq, true end
      seq = seq or seqOf(entry[1])
      texts[#texts + 1] = json
      size = size + #json
      high = seqOf(entry[1]) - 1
    end
  until #entries < asked or #texts == most
  return texts, seq, false
end

-- Notes the connection. This is the first write, which a Redis without room, without enough replicas or without a disk refuses:
-- then nothing at all is written, and the members are not told, since they could not be told either when it leaves.
local function note(joined, connection, entry)
  local done = redis.pcall('HSET', joined, connection, entry)
  if type(done) == 'number' then return true end
  for _, refusal in ipairs({ 'OOM command', 'NOREPLICAS', 'MISCONF' }) do
    if string.find(done.err, refusal, 1, true) then return false end
  end
  error(done, 0)
end

local function make(meta, kind, user, partner)
  redis.call('HSET', meta, 'kind', kind, 'createdAt', string.format('%d', nowMs()))
  if kind == 'private' then redis.call('HSET', meta, 'a', user, 'b', partner) end
end

local function count(users, user, before)
  redis.call('HINCRBY', users, user, 1)
  if before then countOut(users, before) end
end

local function join(key, at)
  local meta, log, joined, users = KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
  local kind, partner, connection, entry, isToNote = unpack(ARGV, at, at + 4)
  local messages, frame, frames = tonumber(ARGV[at + 5]), ARGV[at + 6], ARGV[at + 7]

  local user, request, order = readEntry(entry)
  local known = redis.call('HMGET', meta, 'epoch', 'began', 'changes', 'kind', 'a', 'b', 'members', 'private')
  if known[4] == 'private' and user ~= known[5] and user ~= known[6] then return { 'FORBIDDEN' } end
  local refusal = kind == 'group' and refusalOf(meta, known[4], known[8], user)
  if refusal then return { refusal } end

  local before = redis.call('HGET', joined, connection)
  local userBefore, requestBefore, orderBefore = readEntry(before)
  if nowMs() > tonumber(ARGV[at + 8]) or orderBefore > order then return { 'LATE' } end
  if read >= allBytes then return { 'UNREAD' } end
  local texts, newest, isCut = newestOf(sourcesOf(meta, log, known[3]), messages, bytes, user)
  if isCut and #KEYS > KEYS_OF_ONE then return { 'LATER' } end
  local epoch, seq = known[1], newest and seqText(newest)
  if not epoch or not seq or known[3] then epoch, seq = headOf(meta, log, known, '') end

  local number = numberAt(seq, known[3] and changesUpTo(meta, tonumber(seq)))
  local isNoted = isToNote == '1' and note(joined, connection, entry)
  if isNoted then
    if userBefore ~= user then count(users, user, userBefore) end
    if not known[4] then make(meta, kind, user, partner) end
    local made = known[4] or kind
    local told = requestBefore ~= request and frameHead(0, 0, #frame) .. frame or ''
    if moveRead(meta, made, user, seq, number) and isReadShown(made, known[7]) then told = told .. readNotice(meta, user, seq) end
    if told ~= '' then redis.call(publish, frames, told) end
  end

  local outcome = before and requestBefore ~= request and 'REJOINED' or 'JOINED'
  local total = redis.call('HLEN', users) + (not isNoted and redis.call('HEXISTS', users, user) == 0 and 1 or 0)
  return { outcome, epoch, seq, texts, redis.call('HRANDFIELD', users, shown), total, isNoted and 1 or 0, number, isCut and 1 or 0 }
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
