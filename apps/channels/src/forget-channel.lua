-- Takes a channel out of those in which a gateway has joined connections, unless somebody has joined there since.
--
-- KEYS[1] gateway: hash of the gateway's channels, each with the mark of the last join
-- ARGV[1] channel: UUID of the channel
-- ARGV[2] mark: mark of the last join when the channel was found empty
-- Returns: 1 when the channel was taken out, otherwise 0
-- Invariant: a channel that was joined after it was found empty stays
local gateway = KEYS[1]
local channel = ARGV[1]
local mark = ARGV[2]

if redis.call('HGET', gateway, channel) ~= mark then return 0 end
return redis.call('HDEL', gateway, channel)
