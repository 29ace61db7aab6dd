-- Notes how far the list of what a user has received is complete. Several replicas complete a list at once: one that is slower than
-- another must not take back what that one has noted, for items put in since are noted only where nothing lacks.
--
-- KEYS[1] inbox meta (hash of the user's inbox)
-- ARGV[1] seq: that of the last item that is listed
-- Returns: nothing
-- Invariant: 'listed' never falls
local listed = tonumber(redis.call('HGET', KEYS[1], 'listed') or -1)
if tonumber(ARGV[1]) > listed then redis.call('HSET', KEYS[1], 'listed', ARGV[1]) end
