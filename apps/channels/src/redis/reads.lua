-- Knows how far users have read a channel. A position is a Seq and the number of messages up to it, from which the number of unread
-- messages follows. It lies in the slot of the log: a Redis that has lost entries has also lost the positions after them.
--
-- Prelude: log.lua
-- Defines: readField, readBy, moveRead, isReadShown, readNotice
-- Invariant: a position never goes back

-- Where the position of a user lies: for the two of a private channel in its meta, which each post writes anyway.
local function readField(kind, user) return kind == 'private' and 'read:' .. user or user end

local function readsKey(kind, meta) return kind == 'private' and meta or siblingKey(meta, 'reads') end

-- How far a user has read: Seq, and number of messages up to it; 0 and 0 for one who has not. `kind` is that of the channel.
local function readBy(meta, kind, user)
  local seq, number = string.match(redis.call('HGET', readsKey(kind, meta), readField(kind, user)) or '', '^(%d+) (%d+)$')
  return tonumber(seq or 0), tonumber(number or 0)
end

-- Moves a user's position to `seq`, up to which there are `number` messages. Returns whether it moved. It is never the first write of
-- a script that a full Redis is to take.
local function moveRead(meta, kind, user, seq, number)
  if tonumber(seq or 0) <= readBy(meta, kind, user) then return false end
  redis.call('HSET', readsKey(kind, meta), readField(kind, user), string.format('%d %d', seq, number))
  return true
end

-- Whether a channel tells its members who has read how far: one of so many members at most (`membersWithReads` of limits.ts in the
-- protocol). Everyone is a member of the general channel.
local MEMBERS_WITH_READS = 100
local function isReadShown(kind, members)
  return kind == 'private' or kind == 'group' and tonumber(members or 0) <= MEMBERS_WITH_READS
end

-- What is published when a position has moved, with its head. It is no entry of the log.
local function readNotice(meta, user, seq)
  local frame = '{"type":"sys","sys":{"type":"channelRead","channelRead":{"channelUUID":"' .. string.match(meta, '{(.-)}:meta$')
    .. '","userUUID":"' .. user .. '","seq":' .. string.format('%d', seq) .. '}}}'
  return frameHead(0, 0, #frame) .. frame
end
