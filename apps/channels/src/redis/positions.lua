-- Keeps how far the messages for a user have come in each private channel and small group, and how far the user has read there.
--
-- Prelude: log-append.lua
-- Defines: openInbox, placeIn, rebase, arriveAt, readTo, countRead, savePlaces
-- Invariant: within an epoch positions only rise, so that writes in any order leave the same number of unread messages

-- Positions count the messages of a channel, not its entries: changes are never unread. Until a channel has changes, the two are
-- the same, and so are places that were written before.
--
-- A place is a field of the inbox's meta, which is read and written with each item anyway. Its name is the channel's UUID, its
-- value `newest`, `cursor` and `base`, packed, which Lua reads four times as fast as digits, and the channel's epoch. `newest`
-- is the number of the newest message for the user. `cursor` is the number of messages up to where the user has read. `base` is
-- the number of the message before the first one that was counted here. After the later of the last two, every message of the channel is for the user:
-- their own ones move the cursor. Of the general channel and large groups, whose messages are no items, a place holds the cursor alone.
local POSITIONS, EPOCH_AT = '>I8I8I8', 25
local function unreadOf(place) return math.max(0, place.newest - math.max(place.cursor, place.base)) end

-- Reads the fields of meta that `known` names, of which those after the first `count` are channels.
local function openInbox(meta, unread, known, count)
  local saved, values = {}, redis.call('HMGET', meta, unpack(known))
  for index = count + 1, #known do saved[known[index]] = values[index] end
  return { meta = meta, unread = unread, known = values, saved = saved, places = {}, strays = {} }
end

-- `unread` has the numbers of unread messages by channel. The version before has nothing else; it is written for one release
-- longer. A number that is not what was written says what that version has read or counted meanwhile: it is compared where it
-- is written anyway.
local function countedIn(inbox, channel) return tonumber(redis.call('HGET', inbox.unread, channel) or 0) end

-- Where there is no place, the version before may have counted: `before` is how many messages there were before this change.
local function placeOf(inbox, channel, before)
  local place = inbox.places[channel]
  if place then return place end
  local saved, newest, cursor, base, epoch = inbox.saved[channel], before, 0, nil, nil
  if saved then
    newest, cursor, base = struct.unpack(POSITIONS, saved)
    epoch = string.sub(saved, EPOCH_AT)
  else
    base = math.max(0, before - countedIn(inbox, channel))
  end
  place = {
    epoch = epoch, newest = newest, cursor = cursor, base = base,
    newestThen = newest, counted = math.max(0, newest - math.max(cursor, base)),
  }
  inbox.places[channel] = place
  return place
end

-- The place in a channel, for a change of its `epoch`. Nothing where the place is of another epoch: then the caller must be
-- told how much the two have in common.
local function placeIn(inbox, channel, epoch, before)
  local place = placeOf(inbox, channel, before)
  place.epoch = place.epoch or epoch
  if place.epoch == epoch then return place end
  inbox.strays[#inbox.strays + 1] = channel
  inbox.strays[#inbox.strays + 1] = place.epoch
end

-- Takes over what the version before has read: of the messages up to `newestThen`, `counted` are left.
local function takeOver(place, counted)
  if counted < place.counted then place.cursor = math.max(place.cursor, place.newestThen - counted) end
  place.counted = counted
end

-- Redis lost what the epoch `was` had after its first `common` messages.
local function rebase(inbox, channel, was, epoch, common)
  local place = placeOf(inbox, channel, common)
  if place.epoch ~= was then return end
  takeOver(place, countedIn(inbox, channel))
  place.epoch, place.newest = epoch, math.min(place.newest, common)
  place.cursor, place.base = math.min(place.cursor, common), math.min(place.base, common)
  place.newestThen = place.newest
end

-- A message for the user is there that was not there before. Two replicas may put the first ones in either order, which
-- are moments apart: one from long before is no reason to count all that came after it.
local LATE = 64
local function arriveAt(place, number)
  place.newest = math.max(place.newest, number)
  if number <= place.base and place.base - number < LATE then place.base = number - 1 end
end

-- The user has read `number` messages. Returns whether messages were unread before and fewer are now.
local function readTo(inbox, channel, place, number)
  if number <= place.cursor then return false end
  if unreadOf(place) > 0 then takeOver(place, countedIn(inbox, channel)) end
  local unread = unreadOf(place)
  place.cursor = math.max(place.cursor, number)
  return unreadOf(place) < unread
end

-- Writes what is unread in a channel of which the user has read `number` messages, and returns whether that lowers it. Begins with a
-- deletion: a full Redis allows it, and then everything else.
local function countRead(inbox, channel, place, number)
  if number < place.newest and place.counted > 0 then takeOver(place, countedIn(inbox, channel)) end
  local before = unreadOf(place)
  -- What has arrived in this step is not written yet.
  local hasNew = before > place.counted
  place.cursor = math.max(place.cursor, number)
  place.counted = unreadOf(place)
  local wasCounted = redis.call('HDEL', inbox.unread, channel) == 1 or hasNew
  if place.counted > 0 then redis.call('HSET', inbox.unread, channel, string.format('%d', place.counted)) end
  return wasCounted and place.counted < before
end

-- Writes the number of a channel in which messages have arrived.
local function countNew(inbox, channel, place)
  local unread = unreadOf(place)
  local more = unread - place.counted
  if more > 0 then
    local counted = redis.call('HINCRBY', inbox.unread, channel, more)
    if counted == unread then return end
    takeOver(place, counted - more)
    if unreadOf(place) ~= counted then redis.call('HSET', inbox.unread, channel, string.format('%d', unreadOf(place))) end
  elseif unread == 0 then
    redis.call('HDEL', inbox.unread, channel)
  else
    redis.call('HSET', inbox.unread, channel, string.format('%d', unread))
  end
end

-- Writes the numbers that have changed, and adds to `fields`, which are for HSET, the places that have.
local function savePlaces(inbox, fields)
  for channel, place in pairs(inbox.places) do
    if unreadOf(place) ~= place.counted then countNew(inbox, channel, place) end
    local text = struct.pack(POSITIONS, place.newest, place.cursor, place.base) .. place.epoch
    if text ~= inbox.saved[channel] then
      fields[#fields + 1] = channel
      fields[#fields + 1] = text
    end
  end
  return fields
end
