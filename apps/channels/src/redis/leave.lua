-- Counts connections out of a channel, and says how many are left.
--
-- Prelude: log.lua
-- Defines: countOut, withConnections
-- Invariant: a user without a joined connection has no field

-- Counts one connection of a user out. Returns how many of the user's connections are still joined, on any gateway.
local function countOut(users, user)
  local others = redis.call('HINCRBY', users, user, -1)
  if others > 0 then return others end
  redis.call('HDEL', users, user)
  return 0
end

-- The JSON of a frame that tells of a leave, with the number of the user's connections that are still joined.
local function withConnections(frame, others)
  return string.sub(frame, 1, -2) .. ',"connections":' .. string.format('%d', others) .. '}'
end
