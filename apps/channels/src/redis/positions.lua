-- Keeps how far the messages for a user have come in each private channel, and how far the user has read there.
--
-- Prelude: log-append.lua
-- Defines: placeIn, rebase, arriveAt, readTo, savePlaces
-- Invariant: within an epoch positions only rise, so that writes in any order leave the same number of unread messages

-- A place is one field of `positions`: "<epoch> <newest> <cursor> <base>". `newest` is the Seq of the newest message for the
-- user. `cursor` is the Seq up to which the user has read. `base` is the Seq before the first message that was counted here.
-- After the later of the last two, every message of the channel is for the user: their own ones move the cursor.
local function unreadOf(place) return math.max(0, place.newest - math.max(place.cursor, place.base)) end

-- The version before kept the numbers in `unread` alone; it is written for one release longer. It says what that version
-- read meanwhile, and what it counted before there was a place: then `before` is the last Seq before this change.
local function loadPlace(inbox, channel, before)
  local saved = redis.call('HGET', inbox.positions, channel)
  local place = { before = saved }
  local epoch, newest, cursor, base = string.match(saved or '', '^(%S+) (%d+) (%d+) (%d+)$')
  place.epoch, place.newest = epoch, tonumber(newest or 0)
  place.cursor, place.base = tonumber(cursor or 0), tonumber(base or 0)
  if epoch and unreadOf(place) == 0 then return place end
  local counted = tonumber(redis.call('HGET', inbox.unread, channel) or 0)
  if not epoch then
    place.newest, place.base = before, math.max(0, before - counted)
  elseif counted < unreadOf(place) then
    place.cursor = place.newest - counted
  end
  return place
end

-- The place in a channel, for a change of its `epoch`. Nothing where the place is of another epoch: then the caller must be
-- told how much the two have in common.
local function placeIn(inbox, channel, epoch, before)
  local place = inbox.places[channel] or loadPlace(inbox, channel, before)
  inbox.places[channel] = place
  place.epoch = place.epoch or epoch
  if place.epoch == epoch then return place end
  inbox.strays[#inbox.strays + 1] = channel
  inbox.strays[#inbox.strays + 1] = place.epoch
end

-- Redis lost what the epoch `was` had after `common`.
local function rebase(inbox, channel, was, epoch, common)
  local place = inbox.places[channel] or loadPlace(inbox, channel, common)
  inbox.places[channel] = place
  if place.epoch ~= was then return end
  place.epoch, place.newest = epoch, math.min(place.newest, common)
  place.cursor, place.base = math.min(place.cursor, common), math.min(place.base, common)
end

-- A message for the user is there that was not there before. Two replicas may put the first ones in either order, which
-- are moments apart: one from long before is no reason to count all that came after it.
local LATE = 64
local function arriveAt(place, seq)
  place.newest = math.max(place.newest, seq)
  if seq <= place.base and place.base - seq < LATE then place.base = seq - 1 end
end

-- The user has read up to `seq`. Returns whether messages were unread before and fewer are now.
local function readTo(place, seq)
  local unread = unreadOf(place)
  place.cursor = math.max(place.cursor, seq)
  return unreadOf(place) < unread
end

-- A deletion comes first where the user has read: a full Redis allows it, and then everything else.
local function savePlaces(inbox)
  for channel, place in pairs(inbox.places) do
    local saved = string.format('%s %d %d %d', place.epoch, place.newest, place.cursor, place.base)
    if saved ~= place.before then
      local unread = unreadOf(place)
      if unread == 0 or place.isRead then redis.call('HDEL', inbox.unread, channel) end
      redis.call('HSET', inbox.positions, channel, saved)
      if unread > 0 then redis.call('HSET', inbox.unread, channel, string.format('%d', unread)) end
    end
  end
end

