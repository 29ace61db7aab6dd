-- Charges users for what was stored for them, and says how long each has to wait until more may be. A user has two buckets that
-- leak: one that always counts, and a small one that counts while Redis is nearly full. On a Cluster the keys of one run lie in
-- one slot.
--
-- Prelude: log.lua
-- KEYS[1..] buckets: for each user "<fill> <small fill> <time in ms>" in bytes, absent while both are empty
-- ARGV[1] rate: bytes per second that leak out of a bucket
-- ARGV[2] burst: bytes that it holds
-- ARGV[3] smallRate: bytes per second that leak out of a small bucket
-- ARGV[4] smallBurst: bytes that it holds
-- ARGV[5] longestMs: longest time that a user has to wait for a small bucket, in milliseconds
-- ARGV[6..] charges: bytes for each user
-- Returns: for each user the milliseconds until there is room, in the bucket and in the small one; 0 where there is
-- Invariant: over any time a user is charged for no more than burst + rate * time before the answer is to wait
local rate = tonumber(ARGV[1]) / 1000
local burst = tonumber(ARGV[2])
local smallRate = tonumber(ARGV[3]) / 1000
local smallBurst = tonumber(ARGV[4])
local longestMs = tonumber(ARGV[5])
local FIRST = 6

local now = nowMs()

-- The clock may have gone back, by a correction or at a failover: then nothing has leaked.
local function leaked(fill, perMs, passed) return math.max(0, fill - perMs * math.max(0, passed)) end

local function waitMs(fill, most, perMs) return math.ceil(math.max(0, fill - most) / perMs) end

local function charge(bucket, bytes)
  local fill, small, at = string.match(redis.call('GET', bucket) or '0 0 0', '^(%d+) (%d+) (%d+)$')
  local passed = now - tonumber(at)
  fill = leaked(tonumber(fill), rate, passed) + bytes
  -- What is written in bulk fills the small bucket far above its rim; but nobody has to wait for hours.
  small = math.min(leaked(tonumber(small), smallRate, passed) + bytes, smallBurst + longestMs * smallRate)
  local emptyMs = math.max(1, math.ceil(math.max(fill / rate, small / smallRate)))
  redis.call('SET', bucket, string.format('%d %d %d', math.ceil(fill), math.ceil(small), now), 'PX', string.format('%d', emptyMs))
  return waitMs(fill, burst, rate), waitMs(small, smallBurst, smallRate)
end

local waits = {}
for index, bucket in ipairs(KEYS) do
  waits[2 * index - 1], waits[2 * index] = charge(bucket, tonumber(ARGV[FIRST + index - 1]))
end
return waits
