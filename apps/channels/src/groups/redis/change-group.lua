-- Renames a group, changes its topic, or archives it, or brings it back.
--
-- Prelude: group.lua
-- KEYS[1] meta: hash of the group
-- KEYS[2] log: stream of its messages
-- ARGV[1] by: UUID of who changes it
-- ARGV[2] row: who may, "<role>>none" each
-- ARGV[3] fresh: a random UUID, the epoch if one begins
-- ARGV[4] keep: number of newest changes that stay at least
-- ARGV[5] publish: PUBLISH, or SPUBLISH on a Cluster, or RETURN: the frames are returned and not published
-- ARGV[6] frames: pub/sub channel of the frames
-- ARGV[7] deadline: in ms, by Redis's clock
-- ARGV[8..] fields: for each the name of the field of meta, its new text, and its name and value as JSON
-- Returns: with RETURN, a list of what follows and of the frames (see unpublished); NOT_FOUND, OUTSIDER, FORBIDDEN, ARCHIVED (only `archived` may change there), LATE or REFUSED and Redis's error, and nothing was changed; "SAME <newest Seq>" (all of it was so), or "CHANGED <Seq of the entry>"
-- Invariant: an archived group takes no message and no member from this step on
local meta, log = KEYS[1], KEYS[2]
local by, row, fresh, keep, publish, frames = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local deadline = tonumber(ARGV[7])
local FIRST, FIELDS = 8, 3

local function run()
  if now > deadline then return 'LATE' end
  local group = openGroup(meta, log, fresh)
  local refused = refusedTo(group, by)
  if refused then return refused end
  if not allows(row, memberOf(meta, by), 'none') then return 'FORBIDDEN' end
  local changed, about, isRenamed = {}, '', false
  for at = FIRST, #ARGV, FIELDS do
    local name, text = ARGV[at], ARGV[at + 1]
    if redis.call('HGET', meta, name) ~= text then
      changed[#changed + 1], changed[#changed + 2] = name, text
      about = about .. ',' .. ARGV[at + 2]
      if name == 'archived' then group.archived = text else isRenamed = true end
    end
  end
  if #changed == 0 then return 'SAME ' .. group.writer.seqText end
  if isRenamed and group.archived == '1' then return 'ARCHIVED' end
  tell(group, keep, 'channelSet', by, userField(by) .. about)
  audit(group, 'channelSet', by, string.match(about, ',"archived":%a+') or '')
  redis.call('HSET', meta, unpack(changed))
  save(group, publish, frames)
  return 'CHANGED ' .. group.writer.seqText
end

local done, outcome = pcall(run)
return answer(done and outcome or 'REFUSED ' .. faultText(outcome), publish)
