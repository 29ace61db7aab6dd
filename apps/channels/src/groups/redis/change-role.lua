-- Gives a member another role. Who gives the ownership away is a moderator from then on.
--
-- Prelude: group.lua
-- KEYS[1] meta: hash of the group
-- KEYS[2] log: stream of its messages
-- ARGV[1] by: UUID of who gives the role
-- ARGV[2] user: UUID of who gets it
-- ARGV[3] role: owner, moderator or member
-- ARGV[4] row: who may give that role to whom, "<role>><role>" each, or "<role>>self"
-- ARGV[5] fresh: a random UUID, the epoch if one begins
-- ARGV[6] keep: number of newest changes that stay at least
-- ARGV[7] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frames are returned and not published
-- ARGV[8] frames: pub/sub channel of the frames
-- ARGV[9] deadline: in ms, by Redis's clock
-- Returns: with RETURN, a list of what follows and of the frames (see unpublished); NOT_FOUND, OUTSIDER, FORBIDDEN, ABSENT (no member), LATE or REFUSED and Redis's error, and nothing was changed; "SAME <newest Seq>" (the user has the role), or "CHANGED <Seq of the first entry>"
-- Invariant: a group has one owner before and after
local meta, log = KEYS[1], KEYS[2]
local by, user, role, row = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local fresh, keep, publish, frames = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local deadline = tonumber(ARGV[9])

local function run()
  if now > deadline then return 'LATE' end
  local group = openGroup(meta, log, fresh)
  local refused = refusedTo(group, by)
  if refused then return refused end
  local before = memberOf(meta, user)
  if before == role then return 'SAME ' .. group.writer.seqText end
  if not allows(row, memberOf(meta, by), by == user and 'self' or before or 'member') then return 'FORBIDDEN' end
  if not before then return 'ABSENT' end
  giveRole(group, keep, by, user, role)
  local seq = group.writer.seqText
  if role == 'owner' then giveRole(group, keep, by, by, 'moderator') end
  save(group, publish, frames)
  return 'CHANGED ' .. seq
end

local done, outcome = pcall(run)
return answer(done and outcome or 'REFUSED ' .. faultText(outcome), publish)
