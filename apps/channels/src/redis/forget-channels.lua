-- Removes channels from those in which a gateway has joined connections, except any that was joined since.
--
-- KEYS[1] gateway: hash of the gateway's channels, each with the mark of the last join
-- ARGV[1..] channels: for each its UUID, and the mark of its last join before it was found empty
-- Returns: number of channels that were removed
-- Invariant: a channel that was joined after it was found empty stays
local gateway = KEYS[1]
local FIRST, FIELDS = 1, 2

local removed = 0
for at = FIRST, #ARGV, FIELDS do
  local channel, mark = ARGV[at], ARGV[at + 1]
  if redis.call('HGET', gateway, channel) == mark then removed = removed + redis.call('HDEL', gateway, channel) end
end
return removed
