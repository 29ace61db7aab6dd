-- Reads new events for one replica of a service, and tells how many the service has missed.
--
-- Prelude: stream.lua
-- KEYS[1] events: stream of all services' events
-- ARGV[1] group: consumer group of the service
-- ARGV[2] consumer: the replica
-- ARGV[3] count: the most events to read, 0 for none
-- Returns: (events that were trimmed before the service read them, events that it has still to read, entries)
-- Invariant: each trimmed event is counted once for each service, by whichever replica finds it missing
local events = KEYS[1]
local group, consumer, count = ARGV[1], ARGV[2], tonumber(ARGV[3])

local about = redis.pcall('XINFO', 'STREAM', events)
local own
for _, row in ipairs(about.err and {} or redis.call('XINFO', 'GROUPS', events)) do
  local found = named(row)
  if found.name == group then own = found end
end
if not own then return redis.error_reply('NOGROUP the group of the service is gone') end

local stream = named(about)
local added, length = stream['entries-added'], stream.length
local trimmed = added - length
local position, read = own['last-delivered-id'], own['entries-read']
local lost = 0
-- Only what follows the position directly can be missing. Redis forgets the gap when the group reads on, or (before 7.4) counts
-- wrongly from there: so the count is put right before the read, in the same step. Redis does not always know what was read.
if read and trimmed > read and (length == 0 or isBelow(position, stream['first-entry'][1])) then
  lost, read = trimmed - read, trimmed
  redis.call('XGROUP', 'SETID', events, group, position, 'ENTRIESREAD', trimmed)
end
local entries = {}
if count > 0 then
  local reply = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, 'STREAMS', events, '>')
  if reply then entries = reply[1][2] end
end
return { lost, math.max(0, read and added - read - #entries or 0), entries }
