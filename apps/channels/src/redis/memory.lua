-- Remembers records of a log for a time, each in a hash with a value or in a set without one.
--
-- Prelude: message.lua
-- Defines: now, openMemory, recall, remember, rememberBefore, revise
-- Invariant: a record is found for `leastMs` at least, and no key of a memory has more than about SHARD_FULL records, so that no expiry of one holds Redis up
local now = nowMs()

-- A memory has generations. Each lives twice `leastMs` and takes new records for half of that, so that a record lives once to
-- twice `leastMs`, for half the space that a key of its own takes. A generation consists of 8 ^ digits shards, each a key of its
-- own, and characters of a record say in which shard it is. When a shard is full, the next generation begins early, with 8 times
-- as many shards. So a record costs a look into one shard of each generation that lives: two, or a few more where a log grows.
-- `generations`, a field of meta, lists them, the newest first: when each ends, and its digits.

-- Redis frees so many records in about 0.15 ms. It may free 320 expired keys before it looks at the clock.
local SHARD_FULL = 1024
-- Shards of a generation expire so far apart. Redis looks for expired keys ten times a second, and those of one
-- moment would be a burst of work.
local APART_MS = 5
-- A record that each shard has from the start: where it is missing, the shard is new, and needs its expiry.
local MADE = ''
local COUNT = { HSET = 'HLEN', SADD = 'SCARD' }
local WIDTH = { HSET = 2, SADD = 1 }

-- By the characters before the last one: that has four values only in the base64url of a UUID.
local function shardOf(record, digits)
  local shard = 0
  for place = 2, digits + 1 do shard = 8 * shard + string.byte(record, -place) % 8 end
  return shard
end

-- Made once per run: Redis's Lua hashes every byte of every text that it makes.
local function keyOf(memory, generation, shard)
  local key = generation[shard] or memory.younger .. ':' .. generation.ends .. ':' .. shard
  generation[shard] = key
  return key
end

-- A caller adds the records that it asks for to `asked`, and those that are new to `added`, each with its value in a hash.
-- The version before has two halves, and a field of meta with the name of the memory says when they end. For one release
-- longer they are asked, and while the younger lives, what is new is put there too: for replicas of that version.
local function openMemory(name, younger, older, leastMs, generations, halves)
  local live = {}
  for ends, digits in string.gmatch(generations or '', '(%d+) (%d+)') do
    if now < tonumber(ends) then live[#live + 1] = { ends = ends, digits = tonumber(digits) } end
  end
  local youngerEnds, olderEnds
  if halves then youngerEnds, olderEnds = string.match(halves, '^(%d+) (%d+)$') end
  return {
    field = name .. 'In', younger = younger, older = older, leastMs = leastMs, live = live, made = {},
    asked = {}, known = {}, added = {},
    hasYounger = youngerEnds and now < tonumber(youngerEnds), hasOlder = olderEnds and now < tonumber(olderEnds),
  }
end

-- Splits a list by the shards of a generation that has more than one: `step` entries belong to one record.
local function byShard(list, digits, step)
  local lists = {}
  for index = 1, #list, step do
    local shard = shardOf(list[index], digits)
    local own = lists[shard]
    if not own then
      own = {}
      lists[shard] = own
    end
    for place = index, index + step - 1 do own[#own + 1] = list[place] end
  end
  return lists
end

-- Asks one key. Returns whether it is a shard that has its expiry.
local function ask(memory, command, key, records)
  local values, known = redis.call(command, key, MADE, unpack(records)), memory.known
  for index = 1, #records do
    local value = values[index + 1]
    if value and value ~= 0 then known[records[index]] = known[records[index]] or value end
  end
  return values[1] and values[1] ~= 0
end

-- Fills `known` for the records in `asked`, by HMGET or SMISMEMBER.
local function recall(memory, command)
  for number, generation in ipairs(memory.live) do
    local made = number == 1 and memory.made or {}
    if generation.digits == 0 then
      made[0] = ask(memory, command, keyOf(memory, generation, 0), memory.asked)
    else
      for shard, records in pairs(byShard(memory.asked, generation.digits, 1)) do
        made[shard] = ask(memory, command, keyOf(memory, generation, shard), records)
      end
    end
  end
  if memory.hasYounger then ask(memory, command, memory.younger, memory.asked) end
  if memory.hasOlder then ask(memory, command, memory.older, memory.asked) end
end

-- Begins a generation, of which nothing is in Redis until something is put there.
local function begin(memory, meta, digits)
  local live = memory.live
  local ends = math.max(now + 2 * memory.leastMs, live[1] and live[1].ends + 1 or 0)
  table.insert(live, 1, { ends = string.format('%d', ends), digits = digits })
  memory.made = {}
  local texts = {}
  for number, generation in ipairs(live) do texts[number] = generation.ends .. ' ' .. generation.digits end
  redis.call('HSET', meta, memory.field, table.concat(texts, ' '))
end

-- The digits of the generation after one whose time is over: one less where its shards would be half full.
local function nextDigits(memory, command)
  local last = memory.live[1]
  if not last or last.digits == 0 then return 0 end
  local length = redis.call(COUNT[command], keyOf(memory, last, shardOf(memory.added[1], last.digits)))
  return length * 16 < SHARD_FULL and last.digits - 1 or last.digits
end

local function putInto(memory, command, shard, fields)
  local newest = memory.live[1]
  local key = keyOf(memory, newest, shard)
  if memory.made[shard] then return redis.call(command, key, unpack(fields)) end
  redis.call(command, key, MADE, unpack(command == 'HSET' and { '', unpack(fields) } or fields))
  redis.call('PEXPIREAT', key, string.format('%d', newest.ends + APART_MS * shard))
end

-- Writes into the younger half of the version before, for its replicas.
local function rememberBefore(command, younger, fields)
  local length = redis.call(COUNT[command], younger)
  if length > 0 and length < 8 * SHARD_FULL then redis.call(command, younger, unpack(fields)) end
end

-- Writes `added`, by HSET or SADD, and for the version before `addedBefore`.
local function remember(memory, command, meta)
  local newest, added = memory.live[1], memory.added
  if not newest or newest.ends - now < memory.leastMs then
    begin(memory, meta, nextDigits(memory, command))
    newest = memory.live[1]
  end
  if newest.digits == 0 then putInto(memory, command, 0, added)
  else
    for shard, fields in pairs(byShard(added, newest.digits, WIDTH[command])) do putInto(memory, command, shard, fields) end
  end
  -- One shard stands for all, and of the runs with a single record one in eight looks at it: by a character that is random.
  -- In a UUID, those before it hold the Seq, which is 1 where each channel has written one message only.
  if #added > WIDTH[command] or string.byte(added[1], -6) % 8 == 0 then
    local key = keyOf(memory, newest, shardOf(added[1], newest.digits))
    if redis.call(COUNT[command], key) >= SHARD_FULL then begin(memory, meta, newest.digits + 1) end
  end
  if memory.hasYounger then rememberBefore(command, memory.younger, memory.addedBefore or added) end
end

-- Gives a record of this run another value.
local function revise(memory, record, value)
  local newest = memory.live[1]
  redis.call('HSET', keyOf(memory, newest, shardOf(record, newest.digits)), record, value)
end
