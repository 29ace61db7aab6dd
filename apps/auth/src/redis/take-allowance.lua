-- Takes from a subject's allowance.
--
-- KEYS[1] used: string whose remaining life is what the subject has used, in milliseconds
-- ARGV[1] takeMs: how much to take
-- ARGV[2] mostMs: how much the subject may use at once
-- Returns: 0 if it was taken, else milliseconds until it can be taken
-- Invariant: within any time the subject takes at most that time and mostMs more
local used = KEYS[1]
local takeMs = tonumber(ARGV[1])
local mostMs = tonumber(ARGV[2])

local inUse = math.max(0, redis.call('PTTL', used)) + takeMs
if inUse > mostMs then
  return inUse - mostMs
end
redis.call('SET', used, '', 'PX', string.format('%.0f', inUse))
return 0
