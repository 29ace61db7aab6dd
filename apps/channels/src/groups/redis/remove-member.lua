-- Ends a membership: a member quits, or is removed by another. One who is banned, member or not, cannot come back. The owner who quits is followed by another one.
--
-- Prelude: group.lua
-- KEYS[1] meta: hash of the group
-- KEYS[2] log: stream of its messages
-- KEYS[3] younger: names the requests that were handled lately, as in append-messages.lua
-- KEYS[4] older: hash of what was handled before that
-- ARGV[1] by: UUID of who removes; the user's own to quit
-- ARGV[2] user: UUID of who is removed
-- ARGV[3] ban: 1 to ban the user, who cannot come back then, or 0
-- ARGV[4] row: who may remove whom, "<role>><role>" each
-- ARGV[5] fresh: a random UUID, the epoch if one begins
-- ARGV[6] keep: number of newest changes that stay at least
-- ARGV[7] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frames are returned and not published
-- ARGV[8] frames: pub/sub channel of the frames
-- ARGV[9] deadline: in ms, by Redis's clock
-- ARGV[10] record: names the request; empty for one that is not remembered
-- ARGV[11] handledMs: least time for which it is remembered, in milliseconds
-- Returns: with RETURN, a list of what follows and of the frames (see unpublished); NOT_FOUND, OUTSIDER, FORBIDDEN, LATE, FULL (too many are banned) or REFUSED and Redis's error, and nothing was changed; "ABSENT <newest Seq>" (was no member), or "REMOVED <Seq of the first entry> <member or other: what the user was> <epoch> <number of messages up to the entry>". A request that was handled before has the outcome that it had, also after its deadline
-- Invariant: the owner leaves only by quitting, and another member owns the group from that step on
local meta, log = KEYS[1], KEYS[2]
local by, user, ban, row = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local fresh, keep, publish, frames = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local deadline = tonumber(ARGV[9])
local record, handledMs = ARGV[10], tonumber(ARGV[11])
local MOST_BANNED = 10000

local function isBanned() return redis.call('HEXISTS', siblingKey(meta, 'banned'), user) == 1 end

local function absent(group) return 'ABSENT ' .. (group and group.writer.seqText or '0') end

local function run()
  local group, role = openGroup(meta, log, fresh), memberOf(meta, user)
  local before = group and record ~= '' and openRequest(group, record, KEYS[3], KEYS[4], handledMs)
  if before then return before end
  if now > deadline then return 'LATE' end
  if by == user then
    if not role then return absent(group) end
  else
    local refused = refusedTo(group, by)
    if refused then return refused end
    if not allows(row, memberOf(meta, by), role or 'none') then return 'FORBIDDEN' end
    if ban == '1' and redis.call('HLEN', siblingKey(meta, 'banned')) >= MOST_BANNED then return 'FULL' end
  end
  local bans = ban == '1' and by ~= user and not isBanned()
  if not role and not bans then return absent(group) end
  local about = userField(user) .. (bans and ',"ban":true' or '')
  tellAndAudit(group, keep, 'channelKick', by, about)
  local writer = group.writer
  local outcome = table.concat({ 'REMOVED', writer.seqText, role and 'member' or 'other', writer.epoch, string.format('%d', writer.seq - writer.changes) }, ' ')
  if bans then redis.call('HSET', siblingKey(meta, 'banned'), user, string.format('%d ', now) .. by) end
  if role then dismiss(group, user) end
  if role == 'owner' then handOver(group, keep, by) end
  if record ~= '' then rememberRequest(group, record, outcome) end
  save(group, publish, frames)
  return outcome
end

local done, outcome = pcall(run)
return answer(done and outcome or 'REFUSED ' .. faultText(outcome), publish)
