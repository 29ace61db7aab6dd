-- Appends to the log of a user what has happened to that user, each event once.
--
-- KEYS[1] events: stream of the user's events
-- ARGV[1] keep: number of newest events that stay at least
-- ARGV[2] keepMs: how long the log stays after its newest event, in milliseconds
-- ARGV[3..] events: for each the stream that it comes from, its id there, and its JSON
-- Returns: for each event its Seq; that of the newest one for an event that was appended before
-- Invariant: events that come from one stream are in the order of that stream; no Seq is given twice, also when the log has expired
local events = KEYS[1]
local keep = ARGV[1]
local keepMs = tonumber(ARGV[2])
local FIRST, ARGS_OF_ONE, LOOKED_AT = 3, 3, 200

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local newest = 0
-- The newest id that is there of each stream.
local known = {}

local function isAfter(id, other)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  local otherMs, otherNumber = string.match(other, '^(%d+)-(%d+)$')
  if ms ~= otherMs then return tonumber(ms) > tonumber(otherMs) end
  return tonumber(number) > tonumber(otherNumber)
end

for _, entry in ipairs(redis.call('XREVRANGE', events, '+', '-', 'COUNT', LOOKED_AT)) do
  newest = math.max(newest, tonumber(string.match(entry[1], '^%d+')))
  local from, id = string.match(entry[2][2], '^(%S+) (%S+)$')
  if not known[from] then known[from] = id end
end

local seqs = {}
for at = FIRST, #ARGV, ARGS_OF_ONE do
  local from, id, json = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if not known[from] or isAfter(id, known[from]) then
    newest, known[from] = math.max(newest + 1, now), id
    redis.call('XADD', events, 'MAXLEN', '~', keep, string.format('%.0f-0', newest), 'f', from .. ' ' .. id, 'm', json)
  end
  seqs[#seqs + 1] = newest
end
redis.call('PEXPIREAT', events, string.format('%.0f', now + keepMs))
return seqs
