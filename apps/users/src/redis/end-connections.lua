-- Uncounts a batch of the connections of a gateway that has ended.
--
-- KEYS[1] endings: sorted set, gateway id by the end of the claim to clean up after it
-- KEYS[2] ending: set of those of its connections that are still counted
-- KEYS[3] online: hash, user UUID → number of connections
-- KEYS[4] departed: set of the users who went offline with the gateway, until that is published
-- KEYS[5] told: stream of who came online and went offline
-- ARGV[1] gatewayId: which gateway
-- ARGV[2] claimMs: how long the claim runs from now
-- ARGV[3] batch: the most connections to uncount, so that Redis is not blocked for long
-- ARGV[4] keepTold: number of entries of `told` that stay, about; 0 if nobody is told
-- Returns: how many connections are still counted, the users to publish as offline
-- Invariant: each connection is uncounted once; a user who went offline stays noted until that is published or the user is online again
local endings = KEYS[1]
local ending = KEYS[2]
local online = KEYS[3]
local departed = KEYS[4]
local told = KEYS[5]
local gatewayId = ARGV[1]
local claimMs = tonumber(ARGV[2])
local batch = tonumber(ARGV[3])
local keepTold = ARGV[4]

-- Users whom an earlier replica took offline but did not live to publish go first, so that the set stays small.
-- Removals come before additions: a full Redis stops a script at its first command that may add.
if redis.call('EXISTS', departed) == 0 then
  for _, connection in ipairs(redis.call('SPOP', ending, batch)) do
    local userUUID = string.match(connection, '^[^:]*')
    if redis.call('HINCRBY', online, userUUID, -1) <= 0 then
      redis.call('HDEL', online, userUUID)
      redis.call('SADD', departed, userUUID)
      if keepTold ~= '0' then
        redis.call('XADD', told, 'MAXLEN', '~', keepTold, '*', 't', 'user.offline', 'u', userUUID)
      end
    end
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', endings, 'XX', string.format('%.0f', now + claimMs), gatewayId)

local offline = {}
for _, userUUID in ipairs(redis.call('SMEMBERS', departed)) do
  if redis.call('HEXISTS', online, userUUID) == 1 then
    redis.call('SREM', departed, userUUID)
  else
    offline[#offline + 1] = userUUID
  end
end
return { redis.call('SCARD', ending), offline }
