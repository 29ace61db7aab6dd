/** What webhooks are told of, and how far each has come. */
export const WEBHOOK_KEYS = [
  {
    pattern: 'channels:{webhook:<name>}:due',
    type: 'sorted set',
    holds: 'the channels with entries that the webhook has not got, by when they are looked at next (ms)',
    lifetime: 'a member until the webhook has all entries',
    growth: 'one per channel with such entries',
  },
  {
    pattern: 'channels:{webhook:<name>}:news',
    type: 'hash',
    holds: 'channelUUID → how often it was noted that it has new entries',
    lifetime: 'a field as long as its member of due',
    growth: 'as due',
  },
  {
    pattern: 'channels:{webhook:<name>}:at',
    type: 'hash',
    holds:
      'channelUUID → epoch and Seq of the newest entry that the webhook has, how often the next was sent in vain, and since when (ms)',
    lifetime: 'permanent',
    growth: 'one field per channel that was written to since the webhook was set up, about 120 bytes',
  },
  {
    pattern: 'channels:{webhook:<name>}:<line>:due',
    type: 'sorted set',
    holds:
      'the same as due for other logs: line `users` those of users (user:<userUUID>), line `again` those of which events are sent again',
    lifetime: 'a member until the webhook has all events',
    growth: 'one per log with such events',
  },
  {
    pattern: 'channels:{webhook:<name>}:<line>:news',
    type: 'hash',
    holds: 'log → how often it was noted',
    lifetime: 'a field as long as its member of due',
    growth: 'as due',
  },
  {
    pattern: 'channels:{webhook:<name>}:<line>:at',
    type: 'hash',
    holds: 'log → how far the webhook has come, as in at; of the line again only while it is sent',
    lifetime: 'of users permanent',
    growth:
      'one field per user to whom something has happened since the webhook asked for that, about 120 bytes',
  },
  {
    pattern: 'channels:{webhook:<name>}:aside',
    type: 'stream',
    holds:
      'what the webhook did not take: c the channelUUID, or user:<userUUID>, e the epoch, s the Seq, r the reason, i the id of the event; no text',
    lifetime: 'until it is sent again',
    growth: 'about 10,000 entries',
  },
  {
    pattern: 'channels:{webhook:<name>}:again',
    type: 'sorted set',
    holds: 'the events that an operator has sent again: <log> <Seq>, all with score 0',
    lifetime: 'until each is taken or set aside once more',
    growth: 'one per such event, at most those of aside and deliveries',
  },
  {
    pattern: 'channels:{webhook:<name>}:deliveries',
    type: 'hash',
    holds:
      'id of an event → its delivery as JSON: type, log and Seq, attempts, how the last one ended, times; no text. The empty field counts attempts',
    lifetime: 'about 2,000 newest',
    growth: '2,000 fields of about 250 bytes',
  },
  {
    pattern: 'channels:{webhook:<name>}:recent',
    type: 'sorted set',
    holds: 'the ids of deliveries by the number of their newest attempt',
    lifetime: 'as deliveries',
    growth: '2,000 members',
  },
  {
    pattern: 'channels:{user:<userUUID>}:events',
    type: 'stream',
    holds:
      'what has happened to a user: id <Seq>-0, where the Seq is a time in ms that no two events share, f where the event comes from, m the event as JSON; only if a webhook asks for it',
    lifetime: 'WEBHOOK_GIVE_UP_SECONDS and a day after the newest event',
    growth: 'about 1,000 newest entries per user',
  },
  {
    pattern: 'channels:{user-events}:fetched',
    type: 'hash',
    holds:
      'claim: until when a replica fetches the events of users (ms), by: which one; and for each stream of the users service up to which entry it was fetched',
    lifetime: 'permanent',
    growth: 'at most 67 fields',
  },
] as const;
