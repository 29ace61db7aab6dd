-- Knows a log: its newest entry, its epochs, and the head of each frame that is published.
--
-- A channel's log has two streams with one order of Seqs: its messages, and its changes (edits, deletions, reactions, changes of
-- membership). So a plain message costs what it costs without changes, and a page of messages reads messages alone. An entry of
-- the second one also has `k`, the number of changes up to it.
--
-- Defines: nowMs, siblingKey, newestSeq, newestChange, lineageOf, earlierKey, memberOf, refusalOf, frameHead, rfc3339, keepOf, faultText
-- Invariant: an epoch that the version before began is not taken for one of this version's

local function nowMs()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Another key of the log that `meta` belongs to. Made only where it is needed: Redis's Lua hashes every text that it makes.
local function siblingKey(meta, name) return string.sub(meta, 1, -#'meta' - 1) .. name end

-- The Seq of the newest entry that a stream holds, 0 when it holds none.
local function newestSeq(stream)
  local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  return newest and tonumber(string.match(newest[1], '^%d+')) or 0
end

-- The Seq of a log's newest change, and how many changes there have been; 0 and 0 when there was none.
local function newestChange(meta)
  local newest = redis.call('XREVRANGE', siblingKey(meta, 'changes'), '+', '-', 'COUNT', 1)[1]
  if not newest then return 0, 0 end
  return tonumber(string.match(newest[1], '^%d+')), tonumber(newest[2][4])
end

-- Which of a log's epochs `epoch` is, counted from 1, and the Seq after which it began. `began`, a field of meta, names the
-- epoch that it is about: the version before changes only the epoch, and an epoch that it began after another one began no
-- earlier than that, which is returned as the third value.
local function lineageOf(epoch, began)
  local name, number, from = string.match(began or '', '^(%S+) (%d+) (%d+)$')
  if not name then return 0, 0 end
  if name == epoch then return tonumber(number), tonumber(from) end
  return tonumber(number) + 1, tonumber(from), name
end

-- The hash of a log's earlier epochs: `<number> <common>` of each, where `common` is the Seq up to which everything that the epoch
-- counted is still there. Not in meta, which has a field for each private channel in an inbox: nothing may read all of that.
local function earlierKey(meta) return siblingKey(meta, 'lineage') end

-- What a user is in a group: the role, the ordinal and until when the user is mute, in ms. Nothing for who is no member.
local function memberOf(meta, user)
  return string.match(redis.call('HGET', siblingKey(meta, 'members'), user) or '', '^(%S+) (%d+) (%d+)$')
end

-- Why a user may not read a group: nothing for a member. `kind` and `isPrivate` are those of meta. A private group looks like one
-- that is not there.
local function refusalOf(meta, kind, isPrivate, user)
  if kind ~= 'group' then return 'NOT_FOUND' end
  if memberOf(meta, user) then return nil end
  return isPrivate == '0' and 'OUTSIDER' or 'NOT_FOUND'
end

-- Precedes the JSON of each published frame: `decodePublished` of fan-out.ts in the contracts reads it. The first byte is the
-- version, 0 for one release longer; no Seq is so large that it needs that byte.
local function frameHead(seq, tag, bytes) return struct.pack('>I8I4I4', seq, tag, bytes) end

-- A time in ms as RFC 3339 in UTC. Days to a date of the Gregorian calendar: civil_from_days in Howard Hinnant's "chrono-Compatible Low-Level
-- Date Algorithms" (Redis's Lua has no os.date).
local function rfc3339(ms)
  local seconds = math.floor(ms / 1000)
  local days = math.floor(seconds / 86400) + 719468
  local era = math.floor(days / 146097)
  local dayOfEra = days - era * 146097
  local leaps = math.floor(dayOfEra / 1460) - math.floor(dayOfEra / 36524) + math.floor(dayOfEra / 146096)
  local yearOfEra = math.floor((dayOfEra - leaps) / 365)
  local dayOfYear = dayOfEra - (365 * yearOfEra + math.floor(yearOfEra / 4) - math.floor(yearOfEra / 100))
  local month = math.floor((5 * dayOfYear + 2) / 153)
  local day = dayOfYear - math.floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  local year = yearOfEra + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', year, month, day,
    math.floor(seconds / 3600) % 24, math.floor(seconds / 60) % 60, seconds % 60, ms % 1000)
end

-- What a channel keeps by its own rules, from the field `keep` of its meta, as text: how many messages at least (0 for all, - for as
-- many as the setting says), the age in ms that they reach at most (0 for any), and when the age is looked at next, in ms.
local function keepOf(text)
  if not text then return '-', '0', '0' end
  return string.match(text, '^(%S+) (%d+) (%d+)$')
end

-- What pcall caught: Redis's error, or Lua's.
local function faultText(fault) return type(fault) == 'table' and fault.err or tostring(fault) end

