-- Notes how far the list of what a user has received is complete. Several replicas complete a list at once: one that is slower than
-- another must not take back what that one has noted, for items put in since are noted only where nothing lacks.
--
-- KEYS[1] meta: hash of the user's inbox
-- ARGV[1] seq: that of the last item that is listed
-- Returns: nothing
-- Invariant: 'listed' never falls
local meta = KEYS[1]
local seq = ARGV[1]
local listed = tonumber(redis.call('HGET', meta, 'listed') or -1)
if tonumber(seq) > listed then redis.call('HSET', meta, 'listed', seq) end
