-- Lists the living sessions of a user, those that were used last first.
--
-- KEYS[1] sessions: sorted set of the user's session ids by their end
-- KEYS[2] expiries: sorted set of the ids of sessions that tokens began, by the time at which they end in any case
-- ARGV[1] most: how many to list
-- Returns: number of living sessions, then of each that is listed its id, its end unless it is used, and when it ends in any case, empty if it need not
-- Invariant: changes nothing
local sessions = KEYS[1]
local expiries = KEYS[2]
local most = tonumber(ARGV[1])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local alive = '(' .. string.format('%.0f', now)
local used = redis.call('ZREVRANGEBYSCORE', sessions, '+inf', alive, 'WITHSCORES')
local total = 0
local listed = {}
for at = 1, #used, 2 do
  local expiresAt = redis.call('ZSCORE', expiries, used[at])
  if not expiresAt or tonumber(expiresAt) > now then
    total = total + 1
    if total <= most then
      table.insert(listed, used[at])
      table.insert(listed, used[at + 1])
      table.insert(listed, expiresAt or '')
    end
  end
end
return { total, unpack(listed) }
