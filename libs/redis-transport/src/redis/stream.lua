-- Reads what Redis says of a stream, and compares the ids of its entries.
--
-- Defines: named, isBelow
-- Invariant: an id is below another if its entry was added before

-- The fields of a reply that lists names and values in turn.
local function named(row)
  local values = {}
  for at = 1, #row, 2 do values[row[at]] = row[at + 1] end
  return values
end

local function isBelow(id, other)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  local otherMs, otherNumber = string.match(other, '^(%d+)-(%d+)$')
  if ms ~= otherMs then return tonumber(ms) < tonumber(otherMs) end
  return tonumber(number) < tonumber(otherNumber)
end
