-- Removes some of an ended gateway's connections from a channel and tells the members of each. Their users have read what was there.
--
-- Prelude: joined.lua
-- KEYS[1] meta: hash of the channel
-- KEYS[2] joined: hash of the connections that the gateway has joined here
-- KEYS[3] users: hash of the joined users' numbers of connections
-- ARGV[1] most: number of connections at most, so that Redis is not held up for long
-- ARGV[2] publish: PUBLISH, or SPUBLISH on a Cluster
-- ARGV[3] frames: pub/sub channel of the frames
-- Returns: number of connections that the gateway still has here, epoch, newest Seq and number of messages of a private channel or a group (empty otherwise), UUIDs of the users of the removed connections, without those who are no members of the group
-- Invariant: a connection is counted out once, and the members are told once, however often this runs
local meta = KEYS[1]
local joined = KEYS[2]
local users = KEYS[3]
local most = tonumber(ARGV[1])
local publish = ARGV[2]
local frames = ARGV[3]

local a, b, epoch, seq, changes, kind, members = unpack(redis.call('HMGET', meta, 'a', 'b', 'epoch', 'seq', 'changes', 'kind', 'members'))
local number, isShown = numberAt(seq, changes), isReadShown(kind, members)
local function partnerOf(user)
  if not a then return '' end
  return user == a and b or a
end

-- Identifiers only, which need no escaping: this frame holds nothing that a person has typed.
local named = kind == 'group' and ',"channelUUID":"' .. string.match(meta, '{(.-)}') .. '"' or ''
local told, removed = {}, {}
local entries = redis.call('HRANDFIELD', joined, most, 'WITHVALUES')
for index = 1, #entries, 2 do
  local connection = entries[index]
  local user = readEntry(entries[index + 1])
  redis.call('HDEL', joined, connection)
  local frame = withConnections('{"type":"channelLeave","SUUID":"' .. connection .. '","userUUID":"' .. user
    .. '","channelLeave":{"recipientUUID":"' .. partnerOf(user) .. '"' .. named .. '}}', countOut(users, user))
  told[#told + 1] = frameHead(0, 0, #frame) .. frame
  local moved, isReader = readOnLeaving(meta, kind, user, seq, number)
  if isReader then removed[#removed + 1] = user end
  if moved and isShown then told[#told + 1] = readNotice(meta, user, seq) end
end
if #told > 0 then redis.call(publish, frames, table.concat(told)) end
local isCounted = a or kind == 'group'
return { redis.call('HLEN', joined), isCounted and epoch or '', isCounted and seq or '', isCounted and number or '', removed }
