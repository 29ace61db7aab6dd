-- Notes that users have read up to their own messages in a channel that is not private, never back. It tells nobody: the messages do.
--
-- Prelude: ../../redis/reads.lua
-- KEYS[1] meta: hash of the channel
-- ARGV[1] epoch: the epoch that the positions belong to
-- ARGV[2..] positions: for each the UUID of the user, the Seq and the number of messages up to it
-- Returns: number of positions that have moved; none where the channel is in another epoch
-- Invariant: a position never goes back
local meta = KEYS[1]
local epoch = ARGV[1]
local FIRST, ARGS_OF_ONE = 2, 3
local KIND = 'general'

local moves = 0
if redis.call('HGET', meta, 'epoch') ~= epoch then return moves end
for at = FIRST, #ARGV, ARGS_OF_ONE do
  if moveRead(meta, KIND, unpack(ARGV, at, at + ARGS_OF_ONE - 1)) then moves = moves + 1 end
end
return moves
