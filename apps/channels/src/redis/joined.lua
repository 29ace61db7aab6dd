-- Knows who has joined a channel: the entries of connections, and how many connections each user has there.
--
-- Prelude: log-read.lua
-- Defines: readEntry, countOut, withConnections, numberAt, readOnLeaving
-- Invariant: a user without a joined connection has no field

-- The user, the user with the mark of the request, and the order of the delivery that joined a connection. An entry of the
-- version before has no order.
local function readEntry(entry)
  if not entry then return nil, nil, 0 end
  local request, order = string.match(entry, '^(%S+ %S+) ?(%d*)$')
  return string.match(entry, '^%S+'), request, tonumber(order) or 0
end

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

-- How many messages there are up to the newest entry: `seq` and `changes` as meta has them.
local function numberAt(seq, changes) return seqText((seq or 0) - (changes or 0)) end

-- Who leaves has read what was there. One who was removed from a group has no position in it. Returns whether the position moved, and whether the user has one.
local function readOnLeaving(meta, kind, user, seq, number)
  if kind == 'group' and not memberOf(meta, user) then return false, false end
  return moveRead(meta, kind, user, seq, number), true
end
