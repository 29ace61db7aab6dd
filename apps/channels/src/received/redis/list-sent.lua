-- Lists the messages of a private channel that one of its users has received, a part of them, the oldest first.
--
-- Prelude: ../../redis/log-read.lua
-- KEYS[1] meta: hash of the channel
-- KEYS[2] log: stream of its messages
-- ARGV[1] user: UUID of the user who has received them
-- ARGV[2] after: Seq of the last message of the part before, 0 to begin
-- ARGV[3] most: number of messages to look at at most
-- Returns: Seq of the last message that was looked at, 0 when there are no more; 1 when the channel has changes and 0 otherwise; the UUIDs
-- Invariant: each message that the user has received and the channel keeps is in one part
local meta = KEYS[1]
local log = KEYS[2]
local user = ARGV[1]
local after = tonumber(ARGV[2])
local most = tonumber(ARGV[3])
local NEWEST = 2 ^ 53 - 1

local changes = redis.call('HGET', meta, 'changes')
local entries = readMessages(sourcesOf(meta, log, changes), after + 1, NEWEST, most, false)
local listed = { 0, changes and changes ~= '0' and 1 or 0 }
for _, entry in ipairs(entries) do
  local json = entry[2][2]
  if senderOf(json) ~= user and not isTombstone(json) then
    listed[#listed + 1] = string.match(json, '^{"UUID":"([^"]*)"')
  end
end
if #entries == most then listed[1] = seqOf(entries[most][1]) end
return listed
