-- Deletes what a channel keeps no longer, a part of it: messages by age and by number, then the tombstones before the first message
-- that is kept, and what has changed of messages that are gone.
--
-- Prelude: ../../redis/log-read.lua
-- KEYS[1] meta: hash of the channel
-- KEYS[2] log: stream of the messages
-- ARGV[1] keep: number of newest messages that stay at least where the channel has no number of its own, 0 for all
-- Returns: MORE or DONE
-- Invariant: nothing from the first message on that is kept is deleted, nor the newest change before it, by which messages are counted
local meta = KEYS[1]
local log = KEYS[2]
local keep = ARGV[1]

-- Entries of a stream, and messages beside it, that one step deletes at most.
local TRIMMED, SWEPT = 2000, 64
-- The next message after that has the channel trimmed by age again.
local AGAIN_MS = 3600000

local seq, noted = unpack(redis.call('HMGET', meta, 'seq', 'keep'))
local ownMessages, keepMs = keepOf(noted)
local keepMessages = tonumber(ownMessages == '-' and keep or ownMessages)
local gone, changed, changes = siblingKey(meta, 'gone'), siblingKey(meta, 'changed'), siblingKey(meta, 'changes')
local newest = math.max(tonumber(seq or 0), newestSeq(log))
local now = nowMs()

local function oldestGone() return tonumber(redis.call('ZRANGE', gone, 0, 0, 'WITHSCORES')[2]) end

local function oldestInLog()
  local entry = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  return entry and seqOf(entry[1])
end

-- The first message from a Seq on: its Seq, and when it was sent.
local function messageFrom(from)
  local entry = redis.call('XRANGE', log, seqText(from), '+', 'COUNT', 1)[1]
  local place, json = entry and seqOf(entry[1]), entry and entry[2][2]
  local aside = redis.call('ZRANGEBYSCORE', gone, seqText(from), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if aside[1] and (not place or tonumber(aside[2]) < place) then place, json = tonumber(aside[2]), aside[1] end
  return place, json and string.match(json, '"CreatedAt":"([^"]*)","Seq":%d+}$')
end

-- The Seq of the first message that is not older than that: above the newest one where all are.
local function firstSince(createdAt)
  local low, high = 1, newest + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    local place, sent = messageFrom(middle)
    if not place or sent >= createdAt then high = middle else low = place + 1 end
  end
  return (messageFrom(low)) or newest + 1
end

-- Whether entries of the stream before that Seq are left.
local function trimBefore(stream, first)
  if redis.call('XTRIM', stream, 'MINID', '~', seqText(first), 'LIMIT', TRIMMED) > 0 then return true end
  redis.call('XTRIM', stream, 'MINID', '=', seqText(first))
  return false
end

local function trimChanges(first)
  local before = redis.call('XREVRANGE', changes, seqText(first), '-', 'COUNT', 1)[1]
  return before ~= nil and trimBefore(changes, seqOf(before[1]))
end

-- Whether there may be more before `first`, or before the oldest message of a channel that has enough others.
local function sweepGone(first)
  local oldest = oldestInLog() or newest + 1
  local spare = keepMessages > 0 and redis.call('XLEN', log) + redis.call('ZCARD', gone) - keepMessages or 0
  local found, count = redis.call('ZRANGE', gone, 0, SWEPT - 1, 'WITHSCORES'), 0
  for at = 2, #found, 2 do
    local place = tonumber(found[at])
    if place >= first and (place > oldest or count >= spare) then break end
    count = count + 1
  end
  if count > 0 then redis.call('ZREMRANGEBYRANK', gone, 0, count - 1) end
  return count == SWEPT
end

local function sweepStates()
  local oldest = math.min(oldestInLog() or newest + 1, oldestGone() or newest + 1)
  local found = redis.call('ZRANGEBYSCORE', changed, '-inf', '(' .. seqText(oldest), 'LIMIT', 0, SWEPT)
  for _, place in ipairs(found) do redis.call('UNLINK', stateKey(meta, place)) end
  if #found > 0 then redis.call('ZREM', changed, unpack(found)) end
  return #found == SWEPT
end

-- A deletion comes first, if only of what is not there: a full Redis allows it, and then everything else.
redis.call('HDEL', meta, '')
local first = keepMs == '0' and 1 or firstSince(rfc3339(now - tonumber(keepMs)))
if first > 1 and (trimBefore(log, first) or trimChanges(first)) then return 'MORE' end
if keepMessages > 0 and redis.call('XTRIM', log, 'MAXLEN', '~', keepMessages, 'LIMIT', TRIMMED) > 0 then return 'MORE' end
if sweepGone(first) or sweepStates() then return 'MORE' end
if keepMs ~= '0' then redis.call('HSET', meta, 'keep', string.format('%s %s %d', ownMessages, keepMs, now + AGAIN_MS)) end
return 'DONE'
