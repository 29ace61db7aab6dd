-- Forgets kept replies. That their requests were handled stays known, for as long as the replies would have been kept.
--
-- KEYS[1..] done: keys of the replies
-- Returns: number of replies forgotten
-- Invariant: a claim on a key is left alone, and no key lives longer than before
local forgotten = 0
for _, key in ipairs(KEYS) do
  if redis.call('GETRANGE', key, 0, 0) == 'V' then
    redis.call('SET', key, 'V', 'KEEPTTL')
    forgotten = forgotten + 1
  end
end
return forgotten
