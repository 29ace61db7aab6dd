/** What is recognised when it is sent again. */
export const MEMORY_KEYS = [
  {
    pattern: 'channels:{<channelUUID>}:posted:<ends>:<shard>',
    type: 'hash',
    holds:
      'digest of sender and clientUUID → UUID of the stored message in 16 bytes, which hold its time and Seq, and for a private one t or n where the same step put it into the inbox of its recipient, n where it noted there too that the sender has read the channel; an empty field marks the shard',
    lifetime: 'twice CLIENT_UUID_TTL_SECONDS after its generation began, which is at <ends>',
    growth:
      'one field per such message in the first half of that time; a shard about 1,024, then the next generation has 8 times as many',
  },
  {
    pattern: 'channels:{<channelUUID>}:handled:<ends>:<shard>',
    type: 'hash',
    holds:
      'digest of sender and name of the post → UUID of the stored message in 16 bytes, which hold its time and Seq, and for a private one t or n where the same step put it into the inbox of its recipient, n where it noted there too that the sender has read the channel; an empty field marks the shard',
    lifetime: '4 minutes after its generation began, which is at <ends>',
    growth:
      'one field per such message in the first half of that time; a shard about 1,024, then the next generation has 8 times as many',
  },
  {
    pattern: 'channels:{<channelUUID>}:posted',
    type: 'hash',
    holds: 'what the version before has stored and what is stored while it lives',
    lifetime: 'as the version before has set it',
    growth: 'up to 8,192 fields more while it lives',
  },
  {
    pattern: 'channels:{<channelUUID>}:posted:earlier',
    type: 'hash',
    holds: 'what the version before has stored',
    lifetime: 'as the version before has set it',
    growth: 'none: it is only read',
  },
  {
    pattern: 'channels:{<channelUUID>}:handled',
    type: 'hash',
    holds: 'what the version before has stored and what is stored while it lives',
    lifetime: 'as the version before has set it',
    growth: 'up to 8,192 fields more while it lives',
  },
  {
    pattern: 'channels:{<channelUUID>}:handled:earlier',
    type: 'hash',
    holds: 'what the version before has stored',
    lifetime: 'as the version before has set it',
    growth: 'none: it is only read',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:posted:<ends>:<shard>',
    type: 'set',
    holds:
      'UUIDs of messages with a clientUUID that a step of their own put in, and digests of other items, 22 characters each; an empty member marks the shard',
    lifetime:
      '4 hours, or four times CLIENT_UUID_TTL_SECONDS if that is less, after its generation began, which is at <ends>',
    growth:
      'one member per such item in the first half of that time; a shard about 1,024, then the next generation has 8 times as many',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:handled:<ends>:<shard>',
    type: 'set',
    holds:
      'UUIDs of messages without a clientUUID that a step of their own put in, 22 characters each; an empty member marks the shard',
    lifetime: '8 minutes after its generation began, which is at <ends>',
    growth:
      'one member per such message in the first half of that time; a shard about 1,024, then the next generation has 8 times as many',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:posted',
    type: 'set',
    holds: 'what the version before has stored and what is stored while it lives',
    lifetime: 'as the version before has set it',
    growth: 'up to 8,192 members more while it lives',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:posted:earlier',
    type: 'set',
    holds: 'what the version before has stored',
    lifetime: 'as the version before has set it',
    growth: 'none: it is only read',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:handled',
    type: 'set',
    holds: 'what the version before has stored and what is stored while it lives',
    lifetime: 'as the version before has set it',
    growth: 'up to 8,192 members more while it lives',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:handled:earlier',
    type: 'set',
    holds: 'what the version before has stored',
    lifetime: 'as the version before has set it',
    growth: 'none: it is only read',
  },
] as const;
