/** What users are told of and have received. */
export const INBOX_KEYS = [
  {
    pattern: 'channels:{inbox:<userUUID>}:meta',
    type: 'hash',
    holds:
      'kind (inbox), epoch, began, replid, run, seq, listed (the Seq up to which received has the message of every item), postedIn, handledIn, posted and handled, as for a channel; channel UUID → place in it: number of the newest message for the user, number of messages that the user has read and number of the message before the first that was counted, 8 bytes each, and the epoch of the channel',
    lifetime: 'permanent',
    growth:
      'one per user who posted, was written to privately or in a small group, or was told of anything else; 11 fields, and one field per private channel that the user has read or was written to in, per small group with a message since the user came, and per other channel that the user has marked read',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:log',
    type: 'stream',
    holds: 'id <Seq>-0, field m: the JSON of the item, which refers to its message if it has one',
    lifetime: 'permanent; at least INBOX_ITEMS newest items',
    growth:
      'one entry per message from others and whatever else the user is told of, up to INBOX_ITEMS and a node of the stream more',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:received',
    type: 'sorted set',
    holds:
      'the private messages that the user has received, all with score 0: UUID of the message in 32 hexadecimal digits and of its channel in 22 characters, which sort by its time',
    lifetime: 'a member until its message is deleted or no longer kept',
    growth:
      'one member per private message from others, about 160 bytes; where channels keep a part of their messages, about a third more than those that are kept',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:received:changed',
    type: 'set',
    holds:
      'the private channels of received with edits, deletions or reactions, or which are about to have one',
    lifetime: 'until the user or the partner is purged',
    growth: 'one member per such channel',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:unread',
    type: 'hash',
    holds: 'channel UUID → number of unread messages, which follows from the places in meta',
    lifetime: 'a field until the user has read that channel',
    growth: 'one field per private channel or small group with unread messages',
  },
] as const;
