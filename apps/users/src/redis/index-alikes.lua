-- Notes what the names of some users look like, and up to which place that is done.
--
-- KEYS[1] names: hash, user UUID → username as displayed
-- KEYS[2] alikes: sorted set of <form>:<kind>:<userUUID>, what each name looks like
-- KEYS[3] indexed: hash, how the forms are made → place up to which alikes holds every user's
-- ARGV[1] making: names how the forms are made
-- ARGV[2] from: the place that was recorded when the users were read
-- ARGV[3] to: the place of the last of them
-- ARGV[4..] entries: for each entry to note the user's UUID, the username that it was made of, and the entry
-- Returns: 1 if they are noted, 0 if another replica was faster
-- Invariant: a user who was removed meanwhile leaves nothing; the place never skips a user
local names = KEYS[1]
local alikes = KEYS[2]
local indexed = KEYS[3]
local making = ARGV[1]
local from = ARGV[2]
local to = ARGV[3]
local FIRST, ARGUMENTS_OF_ONE = 4, 3

if (redis.call('HGET', indexed, making) or '0') ~= from then
  return 0
end
for at = FIRST, #ARGV, ARGUMENTS_OF_ONE do
  if redis.call('HGET', names, ARGV[at]) == ARGV[at + 1] then
    redis.call('ZADD', alikes, 0, ARGV[at + 2])
  end
end
redis.call('HSET', indexed, making, to)
return 1
