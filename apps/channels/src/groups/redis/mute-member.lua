-- Takes from a member the right to write for some time, or gives it back.
--
-- Prelude: group.lua
-- KEYS[1] meta: hash of the group
-- KEYS[2] log: stream of its messages
-- ARGV[1] by: UUID of who mutes
-- ARGV[2] user: UUID of who is muted
-- ARGV[3] seconds: for how long; 0 gives the right back
-- ARGV[4] row: who may mute whom, "<role>><role>" each
-- ARGV[5] fresh: a random UUID, the epoch if one begins
-- ARGV[6] keep: number of newest changes that stay at least
-- ARGV[7] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frames are returned and not published
-- ARGV[8] frames: pub/sub channel of the frames
-- ARGV[9] deadline: in ms, by Redis's clock
-- Returns: with RETURN, a list of what follows and of the frames (see unpublished); NOT_FOUND, OUTSIDER, FORBIDDEN, ABSENT (no member), LATE or REFUSED and Redis's error, and nothing was changed; "SAME <newest Seq>" (the user was not mute), or "SILENCED <Seq of the entry> <until when in ms, 0 for not>"
-- Invariant: from this step on until the time is over, the user posts nothing
local meta, log = KEYS[1], KEYS[2]
local by, user = ARGV[1], ARGV[2]
local seconds = tonumber(ARGV[3])
local row, fresh, keep, publish, frames = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local deadline = tonumber(ARGV[9])

local function run()
  if now > deadline then return 'LATE' end
  local group = openGroup(meta, log, fresh)
  local refused = refusedTo(group, by)
  if refused then return refused end
  local role, ordinal, mutedUntil = memberOf(meta, user)
  if not allows(row, memberOf(meta, by), role or 'member') then return 'FORBIDDEN' end
  if not role then return 'ABSENT' end
  if seconds == 0 and tonumber(mutedUntil) <= now then return 'SAME ' .. group.writer.seqText end
  local ends = seconds == 0 and 0 or now + seconds * 1000
  local endsText = string.format('%d', ends)
  local about = userField(user) .. (ends == 0 and '' or ',"mutedUntil":"' .. rfc3339(ends) .. '"')
  tellAndAudit(group, keep, 'channelMute', by, about)
  putMember(group, user, role, ordinal, endsText)
  save(group, publish, frames)
  return 'SILENCED ' .. group.writer.seqText .. ' ' .. endsText
end

local done, outcome = pcall(run)
return answer(done and outcome or 'REFUSED ' .. faultText(outcome), publish)
