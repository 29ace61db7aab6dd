-- Puts a user on a list of another user.
--
-- KEYS[1] list: sorted set, user UUID by its place in the order of adding
-- ARGV[1] userUUID: who is added
-- ARGV[2] most: number of users that the list may have
-- Returns: ADDED, KNOWN (the user is there already, in the same place as before) or FULL
-- Invariant: a list never grows beyond its bound, however many add to it at once
local list = KEYS[1]
local userUUID = ARGV[1]
local most = tonumber(ARGV[2])

if redis.call('ZSCORE', list, userUUID) then return 'KNOWN' end
if redis.call('ZCARD', list) >= most then return 'FULL' end
local last = redis.call('ZRANGE', list, -1, -1, 'WITHSCORES')
local place = (tonumber(last[2]) or 0) + 1
redis.call('ZADD', list, string.format('%.0f', place), userUUID)
return 'ADDED'
