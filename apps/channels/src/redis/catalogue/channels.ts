/** What a channel is and holds, and who has joined or read it. */
export const CHANNEL_KEYS = [
  {
    pattern: 'channels:{<channelUUID>}:meta',
    type: 'hash',
    holds:
      'kind, a and b (the pair of a private channel), blockedByA and blockedByB (the mark of a block of the one user by the other), createdAt, epoch, began (the epoch, its number and the Seq after which it began), replid (the replication id of the Redis that wrote last), run (its process, for the version before), seq, changes (how many there are up to seq), at, by (Seq and sender of the newest message), of a private channel read:<userUUID> for each of its users (what reads has of others), keep (how many messages it keeps by rules of its own, their age at most in milliseconds, and when that is looked at next), postedIn and handledIn (when the generations of each end, and how many shards they have), posted and handled (the same of the version before)',
    lifetime: 'permanent',
    growth: 'one per channel that was ever joined or written to, or whose pair includes a block; 19 fields',
  },
  {
    pattern: 'channels:{<channelUUID>}:log',
    type: 'stream',
    holds: 'id <Seq>-0, field m: the JSON of the message',
    lifetime: 'permanent; with MESSAGES_PER_CHANNEL, at least that many newest messages',
    growth: 'one entry per message',
  },
  {
    pattern: 'channels:{<channelUUID>}:changes',
    type: 'stream',
    holds:
      'id <Seq>-0, field m: the JSON of the frame (of an edit without its text), field k: how many changes there are up to it',
    lifetime: 'permanent; at least CHANGES_PER_CHANNEL newest changes',
    growth: 'one entry per edit, deletion, reaction and change of membership, up to its bound',
  },
  {
    pattern: 'channels:{<channelUUID>}:gone',
    type: 'sorted set',
    holds:
      'by Seq the JSON of the tombstones of deleted messages, and of the messages that lay beside them in the stream',
    lifetime: 'permanent; with MESSAGES_PER_CHANNEL as long as the messages around it',
    growth: 'one per deleted message, and about ten beside it',
  },
  {
    pattern: 'channels:{<channelUUID>}:changed',
    type: 'sorted set',
    holds: 'the Seqs of messages that were edited or reacted to',
    lifetime: 'permanent; with MESSAGES_PER_CHANNEL as long as the messages around it',
    growth: 'one per such message',
  },
  {
    pattern: 'channels:{<channelUUID>}:message:<Seq>',
    type: 'hash',
    holds:
      'text (the fields of the newest edit as JSON, without braces), editedAt and editSeq (its time and Seq), kinds (the reactions with how many there are of each), and a field per user and reaction with its Seq and time',
    lifetime: 'until the message is deleted or no longer kept',
    growth: 'one per edited message or one with reactions; a field per reaction',
  },
  {
    pattern: 'channels:{<log>}:log:copy',
    type: 'stream',
    holds: 'of a channel or an inbox: the entries that are copied while a user is purged',
    lifetime: 'until the copy takes the place of the log, or the purge is repeated',
    growth: 'up to that of the log',
  },
  {
    pattern: 'channels:{<log>}:lineage',
    type: 'hash',
    holds:
      'of a channel or an inbox: earlier epoch → its number, and the newest Seq that the log still shares with it',
    lifetime: 'permanent',
    growth: 'one per log that has had more than one epoch; 63 fields at most',
  },
  {
    pattern: 'channels:{<channelUUID>}:joined:<gatewayId>',
    type: 'hash',
    holds: 'SUUID → UUID of its user and mark of the request that joined it',
    lifetime: 'until the last of these connections leaves or the gateway ends',
    growth: 'one field per joined connection',
  },
  {
    pattern: 'channels:{<channelUUID>}:users',
    type: 'hash',
    holds: 'user UUID → number of joined connections',
    lifetime: 'until the last user leaves',
    growth: 'one field per joined user',
  },
  {
    pattern: 'channels:{<channelUUID>}:reads',
    type: 'hash',
    holds:
      'user UUID → Seq up to which the user has read, and number of messages up to it, which is never lower than before',
    lifetime: 'permanent; a field until its user is no member of the group any more',
    growth:
      'one field per user who has joined, left, posted or sent channelRead; none for private channels, whose meta has it',
  },
  {
    pattern: 'channels:gateway:<gatewayId>',
    type: 'hash',
    holds: 'channel UUID → mark of the last join',
    lifetime: 'until the gateway has no joined connection or ends',
    growth: 'one field per channel that the gateway has joined connections in',
  },
  {
    pattern: 'channels:{bytes:<userUUID>}:stored',
    type: 'string',
    holds:
      'bytes in the two buckets of a user, and when that was, in milliseconds: what was stored lately, in all channels',
    lifetime: 'until both buckets have leaked empty, at the rates of USER_STORED_BYTES_PER_SECOND',
    growth: 'one per user who has written about 16 KiB lately',
  },
] as const;
