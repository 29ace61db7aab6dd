-- Reads the events after a position, and tells what the stream has had and still holds.
--
-- Prelude: stream.lua
-- KEYS[1] events: stream of all services' events
-- ARGV[1] position: id of the last event read
-- ARGV[2] count: the most events to read
-- Returns: (id of the newest event ever, events ever added, events held, 1 if the position is followed by what is held, entries)
-- Invariant: what is said of the stream is true of the moment of the read
local events = KEYS[1]
local position, count = ARGV[1], ARGV[2]

local about = redis.pcall('XINFO', 'STREAM', events)
if about.err then return { '0-0', 0, 0, 1, {} } end
local stream = named(about)
local newest = stream['last-generated-id']
-- Redis may have lost the end of the stream, with the event at the position: reading goes on at the end that is left.
local from = isBelow(newest, position) and newest or position
local first = stream['first-entry']
local isFollowed = not first or isBelow(from, first[1])
local entries = redis.call('XRANGE', events, '(' .. from, '+', 'COUNT', count)
return { newest, stream['entries-added'], stream.length, isFollowed and 1 or 0, entries }
