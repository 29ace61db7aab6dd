-- Gives a use of a key in the audit its outcome.
--
-- KEYS[1] audit: stream of uses
-- ARGV[1] entry: id of the use
-- ARGV[2] outcome: its outcome
-- ARGV[3] object: what it was about, where that is known only now; otherwise empty
-- ARGV[4] most: how many uses are kept, about
-- Returns: 1, or 0 if the use has an outcome by now or is kept no longer
-- Invariant: a use is in the audit once, from before it is done until it gives way to later ones
local audit = KEYS[1]
local entry = ARGV[1]
local outcome = ARGV[2]
local object = ARGV[3]
local most = ARGV[4]

local found = redis.call('XRANGE', audit, entry, entry)[1]
if not found then
  return 0
end
local fields = found[2]
for at = 1, #fields, 2 do
  if fields[at] == 'outcome' then fields[at + 1] = outcome end
  if fields[at] == 'object' and object ~= '' then fields[at + 1] = object end
end
redis.call('XADD', audit, 'MAXLEN', '~', most, '*', unpack(fields))
redis.call('XDEL', audit, entry)
return 1
