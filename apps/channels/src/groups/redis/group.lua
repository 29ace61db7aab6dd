-- Knows a group: its members, and what their roles allow. Tells its log and its audit what changes.
--
-- Prelude: ../../redis/log-append.lua
-- Defines: openGroup, openRequest, rememberRequest, refusedTo, allows, audit, tell, tellAndAudit, userField, putMember, giveRole, admit, dismiss, handOver, save
-- Invariant: members, roster, moderators and the count of meta change in one step; a group with members has one owner

-- What the audit keeps at least.
local AUDITED = 1000

-- Nothing where there is no such group, or it is over.
local function openGroup(meta, log, fresh)
  local known = redis.call('HMGET', meta, 'epoch', 'replid', 'seq', 'changes', 'kind', 'private', 'archived', 'owner', 'members', 'joins', 'handledIn', 'handled')
  if known[5] ~= 'group' or known[8] == '' then return nil end
  return {
    meta = meta, id = string.match(meta, '{(.-)}'), writer = openWriter(meta, log, known, fresh), isPrivate = known[6],
    archived = known[7], owner = known[8], count = tonumber(known[9]), joins = tonumber(known[10]),
    handledIn = known[11], handled = known[12],
  }
end

-- Remembers requests, so that one that is handled again, or completed after its deadline, gets the outcome that it had. Returns that
-- outcome, if there is one. `younger` and `older` are keys of the memory of requests, as in append-messages.lua.
local function openRequest(group, record, younger, older, handledMs)
  group.memory = openMemory('handled', younger, older, handledMs, group.handledIn, group.handled)
  group.memory.asked[1] = record
  recall(group.memory, 'HMGET')
  return group.memory.known[record]
end

local function rememberRequest(group, record, outcome)
  group.memory.added = { record, outcome }
  remember(group.memory, 'HSET', group.meta)
end

-- Why nothing is done in a group for one who has no role there: nothing where the user has one.
local function refusedTo(group, user)
  if not group then return 'NOT_FOUND' end
  return refusalOf(group.meta, 'group', group.isPrivate, user)
end

-- Whether a role may do something to another one, "none" for who is no member. `row` lists who may: "owner>moderator owner>member".
local function allows(row, role, other)
  return string.find(' ' .. row .. ' ', ' ' .. role .. '>' .. other .. ' ', 1, true) ~= nil
end

-- `about` is the JSON of further fields, without braces, after a comma if there are any. It holds no text that a user has written.
local function audit(group, action, by, about)
  local entry = '{"action":"' .. action .. '","by":"' .. by .. '"' .. about .. '}'
  redis.call('XADD', siblingKey(group.meta, 'audit'), 'MAXLEN', '~', AUDITED, '*', 'm', entry)
end

-- Adds an entry to the log. `about` is as for `audit`, and names the user whom it is about. The first of a script comes before its other writes: a full Redis refuses it, and then nothing is changed.
local function tell(group, keep, kind, by, about)
  local start = '{"type":"sys","sys":{"type":"' .. kind .. '","' .. kind .. '":{"channelUUID":"' .. group.id .. '","by":"' .. by
    .. '","at":"' .. rfc3339(now) .. '"'
  local function frameOf(seq) return start .. about .. ',"Seq":' .. seq .. '}}}' end
  if not writeChange(group.writer, keep, frameOf) then error(group.writer.fault, 0) end
end

local function tellAndAudit(group, keep, kind, by, about)
  tell(group, keep, kind, by, about)
  audit(group, kind, by, about)
end

local function userField(user) return ',"userUUID":"' .. user .. '"' end

-- Moderators are also listed by ordinal: the oldest one is found without a look at all members.
local function putMember(group, user, role, ordinal, mutedUntil)
  redis.call('HSET', siblingKey(group.meta, 'members'), user, role .. ' ' .. ordinal .. ' ' .. mutedUntil)
  local moderators = siblingKey(group.meta, 'moderators')
  if role == 'moderator' then redis.call('ZADD', moderators, ordinal, user) else redis.call('ZREM', moderators, user) end
  if role == 'owner' then group.owner = user end
end

-- Gives a member a role, and tells of it. Whoever becomes the owner is no longer mute: nobody could end it.
local function giveRole(group, keep, by, user, role)
  local _, ordinal, mutedUntil = memberOf(group.meta, user)
  tellAndAudit(group, keep, 'channelRole', by, userField(user) .. ',"role":"' .. role .. '"')
  if role == 'owner' and tonumber(mutedUntil) > now then
    mutedUntil = '0'
    tellAndAudit(group, keep, 'channelMute', by, userField(user))
  end
  putMember(group, user, role, ordinal, mutedUntil)
end

-- Makes a user a member. Who was mute and left is still mute.
local function admit(group, user)
  group.joins, group.count = group.joins + 1, group.count + 1
  local ordinal, muted = string.format('%d', group.joins), siblingKey(group.meta, 'muted')
  local mutedUntil = redis.call('HGET', muted, user)
  if mutedUntil then redis.call('HDEL', muted, user) end
  putMember(group, user, 'member', ordinal, mutedUntil or '0')
  redis.call('ZADD', siblingKey(group.meta, 'roster'), ordinal, user)
  -- What was written before is not new to who comes.
  local writer = group.writer
  redis.call('HSET', siblingKey(group.meta, 'reads'), user, writer.seqText .. string.format(' %d', writer.seq - writer.changes))
end

local function dismiss(group, user)
  local _, _, mutedUntil = memberOf(group.meta, user)
  if tonumber(mutedUntil) > now then redis.call('HSET', siblingKey(group.meta, 'muted'), user, mutedUntil) end
  redis.call('HDEL', siblingKey(group.meta, 'members'), user)
  redis.call('ZREM', siblingKey(group.meta, 'roster'), user)
  redis.call('ZREM', siblingKey(group.meta, 'moderators'), user)
  redis.call('HDEL', siblingKey(group.meta, 'reads'), user)
  group.count = group.count - 1
end

-- The owner has gone: the oldest moderator follows, or else the oldest member. Without any, the group is over. Returns who follows.
local function handOver(group, keep, by)
  local heir = redis.call('ZRANGE', siblingKey(group.meta, 'moderators'), 0, 0)[1]
    or redis.call('ZRANGE', siblingKey(group.meta, 'roster'), 0, 0)[1]
  if not heir then
    group.owner, group.archived = '', '1'
    return nil
  end
  giveRole(group, keep, by, heir, 'owner')
  return heir
end

-- After all changes: notes where the log and the group stand, and publishes the frames.
local function save(group, publish, frames)
  local meta, writer = group.meta, group.writer
  recordEpoch(meta, writer)
  saveEnds(meta, writer)
  redis.call('HSET', meta, 'archived', group.archived, 'owner', group.owner, 'members', string.format('%d', group.count), 'joins', string.format('%d', group.joins))
  publishFrames(writer, publish, frames)
end
