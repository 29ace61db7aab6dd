-- Gives back what was taken from a subject's allowance.
--
-- KEYS[1] used: string whose remaining life is what the subject has used, in milliseconds
-- ARGV[1] takenMs: how much to give back
-- Returns: nothing
-- Invariant: a subject never has more than its whole allowance
local used = KEYS[1]
local takenMs = tonumber(ARGV[1])

local left = redis.call('PTTL', used) - takenMs
if left > 0 then
  redis.call('PEXPIRE', used, string.format('%.0f', left))
else
  redis.call('DEL', used)
end
