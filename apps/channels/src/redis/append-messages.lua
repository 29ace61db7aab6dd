-- Stores messages of channels and publishes their frames, each once per record, those of a channel in the order in which
-- they are given: authorises each sender, finds those stored before, gives each of the others the next Seq and Redis's time,
-- appends it to the log and publishes all frames of a channel together. What many channels need is done once for all; each
-- fails alone. On a Cluster all of them lie in one slot. Elsewhere, private messages are put into their recipients' inboxes in the same
-- step, if the caller wants that.
--
-- Prelude: tell-partners.lua
-- KEYS[1..] logs: for each channel meta (hash of the channel, made here when it is new), log (stream of the messages), younger (hash of what was stored lately, by record, with a clientUUID or without one as its messages are) and older (what was stored so before that); where its inboxes are changed too, the metas (hashes) of those of its two users
-- ARGV[1] postedMs: least time for which a message with a clientUUID is remembered, in milliseconds
-- ARGV[2] handledMs: least time for which a message without a clientUUID is remembered, in milliseconds
-- ARGV[3] keep: number of newest messages that stay at least in a channel without a number of its own, 0 for all
-- ARGV[4] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frames are returned and not published
-- ARGV[5] fanOut: number of members of a group at most whose messages concern every member's inbox
-- ARGV[6] items: number of newest items that stay at least in an inbox
-- ARGV[7..] channels: for each its kind if it is new (general or private; a group is made before), the UUIDs of the two users of a private one (empty otherwise), a random UUID (the epoch if one begins, and the random bits of the messages' UUIDs), the pub/sub channel of its frames, posted or handled (with a clientUUID or without one; a channel with both is given more than once), what its members of lists of received messages end with if the inboxes of its users are changed too (empty otherwise), the pub/sub channels of the two inboxes' frames (empty otherwise) and the number of its messages; after them, for each message, the UUID of its sender, record, JSON of the fields between UUID and CreatedAt without braces, the deadline (in ms, by Redis's clock), the UUID of the message that it answers (empty for none)
-- Returns: with RETURN, a list of what follows and of the frames (see unpublished); for each message "STORED <UUID> <Seq> <time in ms> <own, other or unknown: whose the message before it is> <epoch> <number of messages up to it> <due, where the channel is to be trimmed, or kept>", "DUPLICATE <UUID> <Seq> <time in ms> <own, other or unknown> <epoch that is recorded> <number of messages up to it> <old or young>", "ABSENT" (a message without JSON is only looked for), "FORBIDDEN", "NOT_FOUND" or "OUTSIDER" (no member of this public group), "MUTED <until when in ms>", "ARCHIVED", "BLOCKED" (the other user of the private channel blocks the sender) or "BLOCKED own" (the sender blocks the other one), "NO_MESSAGE" (what it answers is not there), "LATE" (the deadline has passed) or "REFUSED <Redis's error>"; FORBIDDEN, BLOCKED, NO_MESSAGE, DUPLICATE and LATE changed nothing, and REFUSED nothing where Redis is full. Where inboxes are changed too, STORED and DUPLICATE are followed by told where the message is in its recipient's inbox by that (untold otherwise), and noted where it is noted there that the sender has read the channel (unnoted otherwise). Of a group with at most `fanOut` members, the first outcome that is STORED or DUPLICATE is a list of it and, for each member, the UUID and "<Seq> <number of messages>" up to which that one has read
-- Invariant: within an epoch each Seq is given once, without holes, in the order of publication, and of CreatedAt unless the clock was more than LEAD_MS ahead
local postedMs = tonumber(ARGV[1])
local handledMs = tonumber(ARGV[2])
local keep = ARGV[3]
local publish = ARGV[4]
local FRAME_START = '{"type":"channelMessage","channelMessage":'
-- A message that is sent again later than this is in its recipient's inbox, whose memory is shorter than the channel's.
local OLD_MS = 3600000
local fanOut = tonumber(ARGV[5])
local items = ARGV[6]
local FIRST, KEYS_OF_ONE, KEYS_OF_INBOXES, ARGS_OF_ONE, FIELDS = 7, 4, 2, 10, 5
local MEMORY_AT, TELLS_AT, COUNT_AT = 5, 6, 9

-- CreatedAt does not go back when the clock does, by a correction or at a failover, until the clock has caught up. A clock that
-- was further ahead than this was wrong: then the time does go back, for all messages would get the same one until then.
local LEAD_MS = 5000

-- A UUID of version 7 (RFC 9562, section 6.2, method 1) in bytes: the time, then the low 38 bits of Seq as the counter, then 36
-- random bits. So the UUIDs of a channel sort like its Seqs, and a message is found by its UUID without an index.
local function messageId(ms, seq, random)
  return ms, 7 * 2 ^ 12 + math.floor(seq / 2 ^ 26) % 2 ^ 12, 2 ^ 15 + math.floor(seq / 2 ^ 12) % 2 ^ 14,
    seq % 2 ^ 12 * 2 ^ 36 + random
end

local function uuidText(ms, high, middle, low)
  return string.format('%08x-%04x-%04x-%04x-%012x', math.floor(ms / 2 ^ 16), ms % 2 ^ 16, high, middle, low)
end

-- A message is remembered by the 16 bytes of its UUID, which hold all that an ack needs. A byte more says that the same step has put it
-- into its recipient's inbox, and whether it has noted there that its sender has read the channel.
local ID, ID_BYTES = '>I6I2I2I6', 16
local TOLD, TOLD_AND_NOTED = 't', 'n'

-- "<UUID> <Seq> <time in ms>" of a remembered message: the newest Seq or one below it that ends in the 38 bits. The version
-- before remembered this text: it is understood for one release longer.
local function outcomeOfKnown(value, newest)
  if #value > ID_BYTES + 1 then return value end
  local ms, high, middle, low = struct.unpack(ID, value)
  local bits = high % 2 ^ 12 * 2 ^ 26 + middle % 2 ^ 14 * 2 ^ 12 + math.floor(low / 2 ^ 36)
  return string.format('%s %d %d', uuidText(ms, high, middle, low), newest - (newest - bits) % 2 ^ 38, ms)
end

local ALL = '9007199254740991' -- 2 ^ 53 - 1: more than there can be
-- Where messages are trimmed, what lies beside them is swept: about so often, and only where there is something.
local SWEPT_EVERY = 256

local createdNow = rfc3339(now)

-- Whose the message before `seq` is, for one who posts to a private channel. Read from the log: for what is not known.
local function whoseBefore(channel, seq, sender)
  local before = string.format('%d', seq - 1)
  local entry = channel.isPrivate and redis.call('XREVRANGE', channel.writer.log, before, '-', 'COUNT', 1)[1]
  local json, place = entry and entry[2][2], entry and tonumber(string.match(entry[1], '^%d+')) or 0
  if channel.isPrivate and channel.writer.changes > 0 then
    local aside = redis.call('ZREVRANGEBYSCORE', siblingKey(channel.meta, 'gone'), before, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if aside[1] and tonumber(aside[2]) > place then json = aside[1] end
  end
  local other = json and senderOf(json)
  if not other then return ' unknown ' end
  return other == sender and ' own ' or ' other '
end

-- Returns "<UUID> <Seq> <time in ms>" as `stored`, whose the message before it is, and the message; nothing when the log refuses it.
local function append(channel, sender, body, answered)
  local writer = channel.writer
  local seq = writer.seq + 1
  local text = string.format('%d', seq)
  local ms, high, middle, low = messageId(channel.ms, seq, channel.random)
  local uuid = uuidText(ms, high, middle, low)
  local message = '{"UUID":"' .. uuid .. '",' .. body .. ',"CreatedAt":"' .. channel.createdAt .. '","Seq":' .. text .. '}'
  local before = writer.seqText
  local shown = answered ~= '' and withExcerpt(channel.meta, writer.log, message) or nil
  if not write(writer, channel.keep, FRAME_START, seq, text, message, nil, shown) then
    if writer.fault then return nil end
    channel.by = nil
    return append(channel, sender, body, answered)
  end
  local whose
  if channel.by and string.find(channel.by, before .. ' ', 1, true) == 1 then
    whose = channel.by == before .. ' ' .. sender and ' own ' or ' other '
  end
  whose = whose or whoseBefore(channel, seq, sender)
  channel.by = text .. ' ' .. sender
  return {
    stored = uuid .. ' ' .. text .. ' ' .. channel.msText, whose = whose, uuid = uuid, seq = text, json = shown or message,
    id = { ms, high, middle, low },
  }
end

-- Whether the channel is to be trimmed, after it got a message.
local function isTrimDue(channel)
  if channel.dueAt and now >= channel.dueAt then return true end
  return channel.writer.changes > 0 and channel.keep ~= ALL and channel.writer.seq % SWEPT_EVERY == 0
end

-- How many messages of a channel there are up to `seq`, which is not above its newest one.
local function messagesUpTo(writer, seq)
  if writer.changes == 0 then return seq end
  local changes = siblingKey(writer.meta, 'changes')
  local change = redis.call('XREVRANGE', changes, seq, '-', 'COUNT', 1)[1]
  return string.format('%d', seq - (change and change[2][4] or 0))
end

-- Until an entry begins the new epoch of a log, the recorded one is its epoch.
local function duplicateOf(channel, sender, known)
  local stored = outcomeOfKnown(known, channel.writer.seq)
  local seq, ms = string.match(stored, '(%d+) (%d+)$')
  local epoch = #channel.writer.frames > 0 and channel.writer.epoch or channel.epoch
  return 'DUPLICATE ' .. stored .. whoseBefore(channel, seq, sender) .. epoch .. ' ' .. messagesUpTo(channel.writer, seq)
    .. (now - ms > OLD_MS and ' old' or ' young')
end

-- Why a user may not write to a group. Every role may; each script that changes who has one does so in one step, as this does.
local function refusalOfPost(channel, sender)
  local role, _, mutedUntil = memberOf(channel.meta, sender)
  if not role or channel.isNew then return refusalOf(channel.meta, not channel.isNew and 'group', channel.isPrivateGroup, sender) end
  if channel.isArchived then return 'ARCHIVED' end
  if tonumber(mutedUntil) > now then return 'MUTED ' .. mutedUntil end
end

-- The fields of a message that answers another one; nothing where that one is not there.
local function answering(channel, body, uuid)
  local writer = channel.writer
  local seq = seqIn(uuid, writer.seq)
  local json = seq and storedMessage(channel.meta, writer.log, seq, uuid)
  if not json or isTombstone(json) then return nil end
  local text = string.find(body, TEXT, 1, true)
  return string.sub(body, 1, text - 1) .. REPLY .. uuid .. '","Seq":' .. seq .. ',"SenderUUID":"' .. senderOf(json) .. '"}'
    .. string.sub(body, text)
end

-- Notes a stored message for its recipient's inbox, and returns how it is remembered if that succeeds.
local function noteToTell(channel, message, sender, record, number, id)
  local told = {
    channel = channel.uuid, memberEnd = channel.memberEnd, epoch = channel.writer.epoch, seq = message.seq, number = number,
    followsOther = message.whose == ' other ', isNoted = message.whose == ' own ', uuid = message.uuid, id = message.id,
    json = message.json, sender = sender, memory = channel.memoryName, fresh = channel.writer.fresh, keptIn = channel.memory,
    record = record, remembered = id,
  }
  channel.tellings[record] = told
  channel.newTellings[#channel.newTellings + 1] = told
  return id .. TOLD_AND_NOTED
end

-- Whether an earlier step has told of a message, as its memory says.
local function toldOf(channel, known, record, outcome)
  local mark = #known == ID_BYTES + 1 and string.sub(known, -1)
  local uuid, seq = string.match(outcome, '^DUPLICATE (%S+) (%d+)')
  local told = {
    isTold = mark and true, isNoted = mark == TOLD_AND_NOTED, channel = channel.uuid, meta = channel.meta, log = channel.writer.log,
    uuid = uuid, seq = seq, fresh = channel.writer.fresh,
  }
  channel.tellings[record] = told
  return told
end

local function outcomeOf(channel, sender, record, body, deadline, answered)
  local memory, writer = channel.memory, channel.writer
  if channel.isPrivate and sender ~= channel.a and sender ~= channel.b then return 'FORBIDDEN' end
  local known = memory.known[record]
  if known then
    local outcome = duplicateOf(channel, sender, known)
    if not channel.inboxes then return outcome end
    local told = channel.tellings[record] or toldOf(channel, known, record, outcome)
    if not told.sender and told.isTold then channel.again[#channel.again + 1] = { told, sender } end
    return outcome, told
  end
  if body == '' then return 'ABSENT' end
  if channel.blockedByA or channel.blockedByB then
    return blockOf(sender, channel.a, channel.blockedByA, channel.blockedByB)
  end
  -- The sender was told that the request failed, and what it sent again may be forgotten by now.
  if now > tonumber(deadline) then return 'LATE' end
  local refusal = channel.isGroup and refusalOfPost(channel, sender)
  if refusal then return refusal end
  if writer.fault then return 'REFUSED ' .. writer.fault end
  local fields = answered == '' and body or answering(channel, body, answered)
  if not fields then return 'NO_MESSAGE' end
  local message = append(channel, sender, fields, answered)
  if not message then return 'REFUSED ' .. writer.fault end
  local stored = message.stored
  local number = writer.changes == 0 and writer.seqText or string.format('%d', writer.seq - writer.changes)
  local id = struct.pack(ID, unpack(message.id))
  if channel.inboxes then id = noteToTell(channel, message, sender, record, number, id) end
  memory.known[record] = id
  local added, before = memory.added, memory.addedBefore
  added[#added + 1], added[#added + 2] = record, id
  if memory.hasYounger then before[#before + 1], before[#before + 2] = record, stored end
  if channel.reads then channel.reads[sender] = writer.seqText .. ' ' .. number end
  return 'STORED ' .. stored .. message.whose .. writer.epoch .. ' ' .. number .. (isTrimDue(channel) and ' due' or ' kept'),
    channel.tellings[record]
end

-- Only private channels have blocks: a field that is not there costs as much as one that is.
local FIELDS_OF = { private = { 'blockedByA', 'blockedByB' }, group = { 'private', 'archived', 'members' } }

-- The inboxes of the two users of a private channel, by user.
local function inboxesAt(key, at)
  local one, other = ARGV[at + 1], ARGV[at + 2]
  local first, second = key + KEYS_OF_ONE, at + TELLS_AT
  return {
    [one] = { user = one, meta = KEYS[first], frames = ARGV[second + 1], partner = other },
    [other] = { user = other, meta = KEYS[first + 1], frames = ARGV[second + 2], partner = one },
  }
end

local function openChannel(key, at)
  local meta, name, isGroup = KEYS[key], ARGV[at + MEMORY_AT], ARGV[at] == 'group'
  local known = redis.call('HMGET', meta, 'epoch', 'replid', 'seq', 'changes', 'kind', 'a', 'b', 'at', 'by', name .. 'In', name, 'keep',
    unpack(FIELDS_OF[ARGV[at]] or {}))
  local ms = math.max(now, math.min(tonumber(known[8] or 0), now + LEAD_MS))
  local writer = openWriter(meta, KEYS[key + 1], known, ARGV[at + 3])
  local leastMs = name == 'posted' and postedMs or handledMs
  local memory = openMemory(name, KEYS[key + 2], KEYS[key + 3], leastMs, known[10], known[11])
  memory.addedBefore = {}
  local kept, dueAt = keep, nil
  if known[12] then
    local own, keepMs, due = keepOf(known[12])
    kept, dueAt = own == '-' and keep or own, keepMs ~= '0' and tonumber(due) or nil
  end
  local memberEnd = ARGV[at + TELLS_AT]
  return {
    uuid = memberEnd ~= '' and string.match(meta, '{(.-)}:meta$'), memberEnd = memberEnd, inboxes = memberEnd ~= '' and inboxesAt(key, at),
    tellings = {}, newTellings = {}, again = {}, memoryName = name,
    meta = meta, writer = writer, epoch = known[1] or '-', isNew = not known[5], isPrivate = (known[5] or ARGV[at]) == 'private',
    reads = (known[5] or ARGV[at]) ~= 'general' and {},
    a = known[6] or ARGV[at + 1], b = known[7] or ARGV[at + 2], by = not writer.isNewEpoch and known[9] or nil,
    ms = ms, msText = string.format('%d', ms), createdAt = ms == now and createdNow or rfc3339(ms),
    blockedByA = not isGroup and known[13], blockedByB = not isGroup and known[14], isGroup = isGroup,
    isPrivateGroup = known[13], isArchived = known[14] == '1',
    isSmall = isGroup and tonumber(known[15] or 0) <= fanOut, keep = kept == '0' and ALL or kept, dueAt = dueAt, memory = memory, random = tonumber(string.sub(ARGV[at + 3], -9), 16),
  }
end

-- Notes where the channel stands, and that who posts has read what is there. Their message tells the others. Not in the general
-- channel, whose posts cost the least that they can.
local function noteEnd(channel)
  local ends = { 'seq', channel.writer.seqText, 'at', channel.msText, 'by', channel.by }
  local reads = channel.isPrivate and ends or {}
  for sender, position in pairs(channel.reads or {}) do
    reads[#reads + 1], reads[#reads + 2] = readField(channel.isPrivate and 'private', sender), position
  end
  redis.call('HSET', channel.meta, unpack(ends))
  if not channel.isPrivate and #reads > 0 then redis.call('HSET', siblingKey(channel.meta, 'reads'), unpack(reads)) end
end

-- Adds the members of a small group to the first outcome after `before` that they are told of. They are those of this step: who is
-- removed at the same moment is either one of them or gets nothing.
local function addMembers(channel, outcomes, before)
  for place = before + 1, #outcomes do
    local text = outcomes[place]
    if string.find(text, '^STORED') or string.find(text, '^DUPLICATE') then
      local told, members = { text }, redis.call('HKEYS', siblingKey(channel.meta, 'members'))
      local reads = #members > 0 and redis.call('HMGET', siblingKey(channel.meta, 'reads'), unpack(members)) or {}
      for index, member in ipairs(members) do told[#told + 1], told[#told + 2] = member, reads[index] or '0 0' end
      outcomes[place] = told
      return
    end
  end
end

local function appendAll(channel, at, outcomes, unfinished)
  local meta, memory, writer = channel.meta, channel.memory, channel.writer
  local first = at + ARGS_OF_ONE
  local last = first + ARGV[at + COUNT_AT] * FIELDS - 1
  local asked = memory.asked
  for field = first, last, FIELDS do asked[#asked + 1] = ARGV[field + 1] end
  recall(memory, 'HMGET')
  for field = first, last, FIELDS do
    local outcome, told = outcomeOf(channel, unpack(ARGV, field, field + FIELDS - 1))
    outcomes[#outcomes + 1] = outcome
    if told then unfinished[#unfinished + 1] = { #outcomes, told } end
  end
  if #writer.frames == 0 then
    if next(memory.known) then publishAgain(writer.log, channel.epoch, FRAME_START, publish, ARGV[at + 4]) end
    return
  end
  if channel.isNew then
    redis.call('HSET', meta, 'kind', ARGV[at], 'createdAt', channel.msText)
    if channel.isPrivate then redis.call('HSET', meta, 'a', channel.a, 'b', channel.b) end
  end
  recordEpoch(meta, writer)
  noteEnd(channel)
  remember(memory, 'HSET', meta)
  memory.isWritten = true
  publishFrames(writer, publish, ARGV[at + 4])
end

local function tellAll(channel)
  local inboxes = channel.inboxes
  for _, told in ipairs(channel.newTellings) do
    local own = inboxes[told.sender]
    tellPartner(told, inboxes[own.partner], own)
  end
  if publish ~= 'RETURN' then return end
  for _, again in ipairs(channel.again) do tellAgain(again[1], inboxes[inboxes[again[2]].partner]) end
end

local function appendTo(key, at, outcomes, unfinished)
  local channel, before = openChannel(key, at), #outcomes
  appendAll(channel, at, outcomes, unfinished)
  if channel.isSmall then addMembers(channel, outcomes, before) end
  if channel.inboxes then tellAll(channel) end
end

-- Corrects what is remembered of a message of this step that could not be told.
local function correct(told)
  if told.isTold and told.isNoted or not told.keptIn or not told.keptIn.isWritten then return end
  revise(told.keptIn, told.record, told.remembered .. (told.isTold and TOLD or ''))
end

-- Tells of the messages of all channels, and adds to their outcomes what of that is done.
local function finish(outcomes, unfinished)
  changeInboxes(items, publish)
  for _, one in ipairs(unfinished) do
    local place, told = one[1], one[2]
    pcall(correct, told)
    outcomes[place] = outcomes[place] .. (told.isTold and ' told' or ' untold') .. (told.isNoted and ' noted' or ' unnoted')
  end
end

local outcomes, unfinished = {}, {}
local key, at = 1, FIRST
while at <= #ARGV do
  local count, before, told = tonumber(ARGV[at + COUNT_AT]), #outcomes, {}
  local done, fault = pcall(appendTo, key, at, outcomes, told)
  if not done then
    for place = 1, count do outcomes[before + place] = 'REFUSED ' .. faultText(fault) end
    for _, one in ipairs(told) do pcall(correct, one[2]) end
  else
    for _, one in ipairs(told) do unfinished[#unfinished + 1] = one end
  end
  key = key + KEYS_OF_ONE + (ARGV[at + TELLS_AT] == '' and 0 or KEYS_OF_INBOXES)
  at = at + ARGS_OF_ONE + count * FIELDS
end
if #unfinished > 0 then finish(outcomes, unfinished) end
return answer(outcomes, publish)
