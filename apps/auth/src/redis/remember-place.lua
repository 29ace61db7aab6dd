-- Notes that a user has signed in from a place.
--
-- KEYS[1] credential: hash of the username's credential
-- ARGV[1] userUUID: whose credential it is
-- ARGV[2] place: where the user signed in
-- ARGV[3] most: how many places are kept
-- Returns: nothing
-- Invariant: a credential has at most `most` places, the newest first, each once; a place makes no credential, and none for a deleted account
local credential = KEYS[1]
local userUUID = ARGV[1]
local place = ARGV[2]
local most = tonumber(ARGV[3])

local stored = redis.call('HMGET', credential, 'userUUID', 'places', 'deletedAt')
if stored[1] ~= userUUID or stored[3] then
  return
end
local places = { place }
for known in string.gmatch(stored[2] or '', '%S+') do
  if known ~= place and #places < most then
    table.insert(places, known)
  end
end
redis.call('HSET', credential, 'places', table.concat(places, ' '))
