-- Claims a username for a user and adds the user to the directory.
--
-- KEYS[1] index: hash, username in its compared form → user UUID
-- KEYS[2] names: hash, user UUID → username as displayed
-- KEYS[3] order: sorted set, user UUID by place in the order of registration
-- KEYS[4] alikes: sorted set of <form>:<kind>:<userUUID>, what each name looks like
-- KEYS[5] indexed: hash, how the forms are made → place up to which alikes holds every user's
-- KEYS[6] copying: hash, removals: how many users were removed
-- KEYS[7] created: hash, user UUID → when the user was made, in milliseconds
-- KEYS[8] told: stream of what has happened to users
-- ARGV[1] usernameKey: the username in its compared form
-- ARGV[2] userUUID: who claims it
-- ARGV[3] username: as displayed
-- ARGV[4] kind: "clear", which only clashes with others of the kind "other", or "other", which clashes with all
-- ARGV[5] making: names how the forms are made
-- ARGV[6] since: when a user who gets another name was made, in milliseconds; empty for a new user, unknown where nobody knows
-- ARGV[7] tells: what is told of a claim, account.created or account.updated
-- ARGV[8] keepTold: number of entries of `told` that stay, about; 0 if nobody is told
-- ARGV[9..] forms: what the username looks like
-- Returns: the username as displayed if the user has it, from now on or from an earlier claim, and how many users were removed before; nil if another user has it or one that looks like it, or the user has another one
-- Invariant: a username belongs to one user and a user has one username, however claims are repeated or run concurrently; a new one looks like no other; it is told in that step, if anybody is
local index = KEYS[1]
local names = KEYS[2]
local order = KEYS[3]
local alikes = KEYS[4]
local indexed = KEYS[5]
local copying = KEYS[6]
local created = KEYS[7]
local told = KEYS[8]
local usernameKey = ARGV[1]
local userUUID = ARGV[2]
local username = ARGV[3]
local kind = ARGV[4]
local making = ARGV[5]
local since = ARGV[6]
local tells = ARGV[7]
local keepTold = ARGV[8]
local FIRST = 9

local function note()
  for at = FIRST, #ARGV do
    redis.call('ZADD', alikes, 0, ARGV[at] .. ':' .. kind .. ':' .. userUUID)
  end
end

local function hasAlike()
  local clashing = kind == 'clear' and ':other:' or ':'
  for at = FIRST, #ARGV do
    local from = ARGV[at] .. clashing
    -- "~" comes after every letter and digit.
    if redis.call('ZRANGE', alikes, '[' .. from, '(' .. from .. '~', 'BYLEX', 'LIMIT', 0, 1)[1] then return true end
  end
  return false
end

-- A user from before this was noted has no time, and gets none with another name.
local function noteCreated()
  if since == 'unknown' then return end
  local time = redis.call('TIME')
  local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('HSET', created, userUUID, since == '' and now or since)
end

local function granted(stored)
  return { stored, tonumber(redis.call('HGET', copying, 'removals') or 0) }
end

local owner = redis.call('HGET', index, usernameKey)
if owner then
  local stored = owner == userUUID and redis.call('HGET', names, userUUID)
  -- The release before noted nothing of what its names look like.
  if stored == username then note() end
  return stored and granted(stored)
end
if redis.call('HEXISTS', names, userUUID) == 1 or hasAlike() then
  return false
end

local last = redis.call('ZRANGE', order, -1, -1, 'WITHSCORES')
local place = (tonumber(last[2]) or 0) + 1
redis.call('HSET', index, usernameKey, userUUID)
redis.call('HSET', names, userUUID, username)
noteCreated()
redis.call('ZADD', order, string.format('%.0f', place), userUUID)
note()
if tonumber(redis.call('HGET', indexed, making) or 0) == place - 1 then
  redis.call('HSET', indexed, making, string.format('%.0f', place))
end
if keepTold ~= '0' then
  redis.call('XADD', told, 'MAXLEN', '~', keepTold, '*', 't', tells, 'u', userUUID, 'n', username)
end
return granted(username)
