-- Knows a log: its newest entry, the rule of its epoch, and the head of each frame that is published.
--
-- Defines: nowMs, newestSeq, isWhole, beginEpoch, frameHead, faultText
-- Invariant: once Redis may have lost entries, the next script that looks at the log gives it another epoch, which stays until that happens again

local function nowMs()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- The Seq of the newest entry that the log holds, 0 when it holds none.
local function newestSeq(log)
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  return newest and tonumber(string.match(newest[1], '^%d+')) or 0
end

-- The rule of the epoch. Redis may have lost the tail of a log when the process that wrote its newest entry is not this one
-- (it restarted or a replica took over), and when the end of the log and the count of its entries disagree. `known` is what
-- HMGET gives of the log's meta and begins with epoch, run and seq. `last` is the end of the log; a script that is about to
-- write leaves it out, for XADD compares the two. The id of the process is asked for once per script: INFO is expensive.
local run
local function isWhole(known, last)
  run = run or string.match(redis.call('INFO', 'server'), 'run_id:(%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x)') or ''
  return known[1] and known[2] == run and (not last or tonumber(known[3] or 0) == last)
end

-- For a log that isWhole has looked at. The count is set with the epoch, so that both agree with the log from now on.
local function beginEpoch(meta, epoch, seq)
  redis.call('HSET', meta, 'epoch', epoch, 'run', run, 'seq', string.format('%d', seq))
end

-- Precedes the JSON of each published frame: `decodePublished` of fan-out.ts in the contracts reads it.
local function frameHead(seq, tag, bytes) return struct.pack('>I8I4I4', seq, tag, bytes) end

-- What pcall caught: Redis's error, or Lua's.
local function faultText(fault) return type(fault) == 'table' and fault.err or tostring(fault) end

