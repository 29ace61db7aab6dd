-- Takes a connection out of a channel and tells the members, if it was joined.
--
-- KEYS[1] joined: hash of the connections that the gateway has joined here
-- KEYS[2] users: hash of the joined users' numbers of connections
-- ARGV[1] connection: SUUID of the connection
-- ARGV[2] frame: JSON that tells the members
-- ARGV[3] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[4] frames: pub/sub channel of the frames
-- Returns: number of connections that the gateway still has here
-- Invariant: a connection is counted out once, and the members are told once, however often it leaves
local joined = KEYS[1]
local users = KEYS[2]
local connection = ARGV[1]
local frame = ARGV[2]
local publish = ARGV[3]
local frames = ARGV[4]

local entry = redis.call('HGET', joined, connection)
if entry then
  -- The deletion comes first: a full Redis allows it, and after it whatever else the script does.
  redis.call('HDEL', joined, connection)
  local user = string.match(entry, '^%S+')
  if redis.call('HINCRBY', users, user, -1) <= 0 then redis.call('HDEL', users, user) end
  redis.call(publish, frames, struct.pack('>I8I4I4', 0, 0, #frame) .. frame)
end
return redis.call('HLEN', joined)
