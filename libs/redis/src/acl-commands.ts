// The commands that each user sends itself or through a script. A test compares them with the sources.

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** What every connection of ioredis sends, and what runs scripts. None of it names a key, apart from the scripts. */
export const COMMON = words(`
  auth hello ping info time select eval evalsha client|id client|setname client|unblock
  readonly readwrite asking cluster|slots cluster|shards cluster|nodes cluster|info unsubscribe sunsubscribe
`);

/** What a service sends as a server of the transport, on its own keys. */
export const SERVING = words(`
  decrby del get getrange hdel hget hset incrby pexpire set setrange xack xadd xclaim xdel xgroup|create xgroup|delconsumer
  xgroup|setid xinfo|consumers xinfo|groups xinfo|stream xlen xpending xrange xread xreadgroup xrevrange xtrim
`);

/** What a client of the transport sends, on the keys of the service that it asks. XADD may also trim: Redis has no right that excludes it. */
export const ASKING = {
  requests: words('xadd xlen'),
  counts: words('del get getrange incrby pexpire setrange'),
  readers: words('get'),
};

/** What a publisher sends, on streams of events. */
export const PUBLISHING = {
  events: words('xadd xlen xrange xrevrange xtrim'),
  sent: words('getrange pexpire setrange'),
};

/** What a replica sends to read events by position. */
export const HEARING = words('xinfo|stream xrange xread');

/** What a replica sends to read events as one of a group, and to pass by those of others. */
export const HEARING_ONCE = words(`
  xack xclaim xgroup|create xgroup|delconsumer xgroup|setid xinfo|consumers xinfo|groups xinfo|stream xpending xrange xreadgroup
`);

/** What a gateway sends to report how it is, and to read what all services report. */
export const REPORTING = {
  own: words('hset pexpire'),
  all: words('hdel hgetall'),
};

/** What each service does with its own keys. */
export const OWN_COMMANDS: Readonly<Record<'auth' | 'users' | 'channels' | 'gateway', readonly string[]>> = {
  auth: words(`
    del exists get hdel hexists hget hgetall hmget hset hsetnx pexpire pttl sadd set smembers srem unlink xadd xdel xrange
    xrevrange xtrim zadd zcard zrange zrangebyscore zrem zremrangebyrank zremrangebyscore zrevrangebyscore zscore
  `),
  users: words(`
    exists get hdel hexists hget hincrby hlen hmget hset pexpire rename sadd scard set smembers spop srem unlink xadd xrange
    xtrim zadd zcard zrange zrangebyscore zrem zremrangebyrank zscore
  `),
  channels: words(`
    exists get hdel hexists hget hgetall hincrby hkeys hlen hmget hrandfield hscan hset pexpireat rename sadd scard
    set smismember srem unlink wait xadd xdel xinfo|stream xlen xrange xread xrevrange xtrim zadd zcard zcount zrandmember
    zrange zrangebylex zrangebyscore zrem zremrangebyrank zrevrangebylex zrevrangebyscore zscore
  `),
  gateway: [],
};

/**
 * What the scripts of the version before send besides, which runs beside this one during an upgrade: allowed for one
 * release longer.
 */
export const COMMANDS_BEFORE: Readonly<Partial<Record<keyof typeof OWN_COMMANDS, readonly string[]>>> = {
  auth: words('zcount'),
  channels: words('hvals pexpiretime'),
};
