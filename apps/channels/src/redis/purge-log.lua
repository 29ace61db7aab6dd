-- Forgets a log: everything that is noted of it, except who has joined it now. Redis frees large keys in another thread.
--
-- KEYS[1] meta: hash of the channel or inbox
-- KEYS[2..] rest: its other keys, without the shards of its memories
-- Returns: what meta said of the generations of its memories, posted and handled
-- Invariant: of a log without meta, nothing is left that a later entry would continue
local meta = KEYS[1]
local FIRST = 2

local generations = redis.call('HMGET', meta, 'postedIn', 'handledIn')
redis.call('UNLINK', meta, unpack(KEYS, FIRST))
return generations
