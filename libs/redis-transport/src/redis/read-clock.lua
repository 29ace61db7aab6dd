-- Reads the clock of the node that stores a stream: on a Cluster each node has its own.
--
-- KEYS[1] stream: the slot whose node is asked
-- Returns: seconds, microseconds
-- Invariant: nothing is written
return redis.call('TIME')
