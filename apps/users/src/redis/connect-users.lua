-- Notes connections of one gateway.
--
-- KEYS[1] gateway: set of the gateway's connections
-- KEYS[2] online: hash, user UUID → number of connections
-- KEYS[3] leases: sorted set, gateway id by the end of its lease
-- KEYS[4] told: stream of who came online and went offline
-- ARGV[1] gatewayId: whose connections they are
-- ARGV[2] leaseMs: how long the lease runs if the gateway has none yet
-- ARGV[3] keepTold: number of entries of `told` that stay, about; 0 if nobody is told
-- ARGV[4..] connections: for each <userUUID>:<connectionId>, and the user's UUID
-- Returns: for each connection 1 if it is its user's only one, 0 if there are others
-- Invariant: a user's count is the number of the user's connections in the sets of all gateways, and each such set depends on a lease; who comes online is noted in that step
local gateway = KEYS[1]
local online = KEYS[2]
local leases = KEYS[3]
local told = KEYS[4]
local gatewayId = ARGV[1]
local leaseMs = tonumber(ARGV[2])
local keepTold = ARGV[3]
local FIRST, FIELDS = 4, 2

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', leases, 'NX', string.format('%.0f', now + leaseMs), gatewayId)

-- A repeated request gets the present state, not what it changed: the first reply may have been lost.
local function countOf(connection, userUUID)
  if redis.call('SADD', gateway, connection) == 1 then
    local count = redis.call('HINCRBY', online, userUUID, 1)
    if count == 1 and keepTold ~= '0' then
      redis.call('XADD', told, 'MAXLEN', '~', keepTold, '*', 't', 'user.online', 'u', userUUID)
    end
    return count
  end
  return tonumber(redis.call('HGET', online, userUUID))
end

local onlys = {}
for at = FIRST, #ARGV, FIELDS do
  table.insert(onlys, countOf(ARGV[at], ARGV[at + 1]) == 1 and 1 or 0)
end
return onlys
