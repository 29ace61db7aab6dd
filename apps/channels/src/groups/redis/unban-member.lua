-- Lets a user who was banned from a group come back.
--
-- Prelude: group.lua
-- KEYS[1] meta: hash of the group
-- KEYS[2] log: stream of its messages
-- ARGV[1] by: UUID of who lifts the ban
-- ARGV[2] user: UUID of who was banned
-- ARGV[3] row: who may, "<role>>none" each
-- ARGV[4] fresh: a random UUID, the epoch if one begins
-- ARGV[5] keep: number of newest changes that stay at least
-- ARGV[6] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frames are returned and not published
-- ARGV[7] frames: pub/sub channel of the frames
-- ARGV[8] deadline: in ms, by Redis's clock
-- Returns: with RETURN, a list of what follows and of the frames (see unpublished); NOT_FOUND, OUTSIDER, FORBIDDEN, LATE or REFUSED and Redis's error, and nothing was changed; "SAME <newest Seq>" (was not banned), or "UNBANNED <Seq of the entry>"
-- Invariant: a ban is lifted once
local meta, log = KEYS[1], KEYS[2]
local by, user, row = ARGV[1], ARGV[2], ARGV[3]
local fresh, keep, publish, frames = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local deadline = tonumber(ARGV[8])

local function run()
  if now > deadline then return 'LATE' end
  local group = openGroup(meta, log, fresh)
  local refused = refusedTo(group, by)
  if refused then return refused end
  if not allows(row, memberOf(meta, by), 'none') then return 'FORBIDDEN' end
  if redis.call('HEXISTS', siblingKey(meta, 'banned'), user) == 0 then return 'SAME ' .. group.writer.seqText end
  tellAndAudit(group, keep, 'channelUnban', by, userField(user))
  redis.call('HDEL', siblingKey(meta, 'banned'), user)
  save(group, publish, frames)
  return 'UNBANNED ' .. group.writer.seqText
end

local done, outcome = pcall(run)
return answer(done and outcome or 'REFUSED ' .. faultText(outcome), publish)
