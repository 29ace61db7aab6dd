-- Makes users members of a group: those whom a member invites, or one who joins. Tells its log of each.
--
-- Prelude: group.lua
-- KEYS[1] meta: hash of the group
-- KEYS[2] log: stream of its messages
-- KEYS[3] younger: names the requests that were handled lately, as in append-messages.lua
-- KEYS[4] older: hash of what was handled before that
-- ARGV[1] by: UUID of who invites, or of the one who joins
-- ARGV[2] row: who may invite, "<role>>none" each; empty for one who joins
-- ARGV[3] most: number of members at most
-- ARGV[4] fresh: a random UUID, the epoch if one begins
-- ARGV[5] keep: number of newest changes that stay at least
-- ARGV[6] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frames are returned and not published
-- ARGV[7] frames: pub/sub channel of the frames
-- ARGV[8] deadline: in ms, by Redis's clock
-- ARGV[9] record: names the request; empty for one that is not remembered
-- ARGV[10] handledMs: least time for which it is remembered, in milliseconds
-- ARGV[11..] users: UUIDs of the users
-- Returns: with RETURN, a list of what follows and of the frames (see unpublished); NOT_FOUND, OUTSIDER, FORBIDDEN, ARCHIVED (nobody is invited there), LATE or REFUSED and Redis's error, and nothing was changed; or for each user ADDED, MEMBER (was one before), BANNED or FULL, and the Seq of the first entry, or the newest Seq where there is none. A request that was handled before has the outcomes that it had, also after its deadline
-- Invariant: nobody who is banned is made a member, and no group has more members than `most`
local meta, log = KEYS[1], KEYS[2]
local by, row = ARGV[1], ARGV[2]
local most = tonumber(ARGV[3])
local fresh, keep, publish, frames = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local deadline = tonumber(ARGV[8])
local record, handledMs = ARGV[9], tonumber(ARGV[10])
local FIRST = 11

local group = openGroup(meta, log, fresh)

-- One who joins comes to a public group. Anybody else has to be in it.
local function refusal()
  if row == '' and group and group.isPrivate == '0' then return nil end
  local refused = refusedTo(group, by)
  if refused then return refused end
  if row ~= '' and not allows(row, memberOf(meta, by), 'none') then return 'FORBIDDEN' end
end

local function outcomeOf(user)
  if memberOf(meta, user) then return 'MEMBER' end
  if redis.call('HEXISTS', siblingKey(meta, 'banned'), user) == 1 then return 'BANNED' end
  if group.count >= most then return 'FULL' end
  tell(group, keep, 'channelInvite', by, userField(user))
  audit(group, row == '' and 'channelJoin' or 'channelInvite', by, userField(user))
  admit(group, user)
  return 'ADDED'
end

local WORDS = { ADDED = 'A', MEMBER = 'M', BANNED = 'B', FULL = 'F', A = 'ADDED', M = 'MEMBER', B = 'BANNED', F = 'FULL' }

-- A letter for each user, and the Seq.
local function lettersOf(outcomes, seq)
  local letters = {}
  for place, outcome in ipairs(outcomes) do letters[place] = WORDS[outcome] end
  return table.concat(letters) .. ' ' .. seq
end

-- The version before remembers no Seq, and reads one as nothing.
local function outcomesIn(letters)
  local outcomes = {}
  for letter in string.gmatch(letters, '%u') do outcomes[#outcomes + 1] = WORDS[letter] end
  outcomes[#outcomes + 1] = string.match(letters, '%d+$') or group.writer.seqText
  return outcomes
end

local function run()
  local before = group and record ~= '' and openRequest(group, record, KEYS[3], KEYS[4], handledMs)
  if before then return outcomesIn(before) end
  if now > deadline then return { 'LATE' } end
  local refused = refusal()
  if refused then return { refused } end
  if row ~= '' and group.archived == '1' then return { 'ARCHIVED' } end
  local outcomes = {}
  for at = FIRST, #ARGV do outcomes[#outcomes + 1] = outcomeOf(ARGV[at]) end
  local written, seq = #group.writer.frames, group.writer.seqText
  if written > 0 then
    seq = string.format('%d', group.writer.seq - written + 1)
    if record ~= '' then rememberRequest(group, record, lettersOf(outcomes, seq)) end
    save(group, publish, frames)
  end
  outcomes[#outcomes + 1] = seq
  return outcomes
end

local done, outcomes = pcall(run)
return answer(done and outcomes or { 'REFUSED ' .. faultText(outcomes) }, publish)
