-- Finds messages that their channels do not hold any more: deleted ones, and those that are no longer kept. On a Cluster all the channels
-- lie in one slot.
--
-- Prelude: ../../redis/message.lua
-- KEYS[1..] channels: for each message meta (hash of its channel) and log (stream of the channel's messages)
-- ARGV[1..] messages: for each its Seq and UUID
-- Returns: for each message 1 when it is gone and 0 when it is there
-- Invariant: a message that is there is never said to be gone
local KEYS_OF_ONE, ARGS_OF_ONE = 2, 2

local gone, key = {}, 1
for at = 1, #ARGV, ARGS_OF_ONE do
  local json = storedMessage(KEYS[key], KEYS[key + 1], ARGV[at], ARGV[at + 1])
  gone[#gone + 1] = (not json or isTombstone(json)) and 1 or 0
  key = key + KEYS_OF_ONE
end
return gone
