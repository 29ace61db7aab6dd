-- Copies entries of the directory to one of many slots, for those who only read.
--
-- KEYS[1] copies: hash of the slot, user UUID → username as displayed, or username in its compared form → user UUID
-- KEYS[2] removed: sorted set of the slot, user UUID by the number of the removal
-- ARGV[1] removals: how many users had been removed when the entries were read
-- ARGV[2..] entries: for each one the user's UUID, the field and the value
-- Returns: nothing
-- Invariant: what was read before a user was removed is not copied after it
local copies = KEYS[1]
local removed = KEYS[2]
local removals = tonumber(ARGV[1])
local FIRST, ARGUMENTS_OF_ONE = 2, 3

for at = FIRST, #ARGV, ARGUMENTS_OF_ONE do
  local removal = tonumber(redis.call('ZSCORE', removed, ARGV[at]) or 0)
  if removal <= removals then redis.call('HSET', copies, ARGV[at + 1], ARGV[at + 2]) end
end
