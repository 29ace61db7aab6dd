import { fanOutChannel, inboxId, type LogId } from '@parley/contracts';
import type { WebhookLine } from '../webhooks/webhook-line.js';
import type { Memory } from './retention.js';

/**
 * The key and pub/sub channel names of the channels service. All keys of one log lie in one hash slot: a script that appends
 * to it changes several of them. The file is longer than most, because one place has all names.
 */
export class ChannelKeys {
  /** @param prefix starts every name, as REDIS_PREFIX says. */
  constructor(private readonly prefix: string) {}

  /** What a channel or an inbox is, and how far its log has come. */
  meta(log: LogId): string {
    return this.ofLog(log, 'meta');
  }

  /** The earlier epochs. The scripts name it themselves: see log.lua. */
  lineage(log: LogId): string {
    return this.ofLog(log, 'lineage');
  }

  /** The messages or items. The entry with id `<Seq>-0` holds the finished JSON. */
  log(log: LogId): string {
    return this.ofLog(log, 'log');
  }

  /** The changes of a channel. The entry with id `<Seq>-0` holds the finished JSON of a frame. The scripts name it themselves. */
  changes(channelUUID: string): string {
    return this.ofLog(channelUUID, 'changes');
  }

  /** The tombstones of a channel's deleted messages, and what lay beside them. The scripts name it themselves. */
  gone(channelUUID: string): string {
    return this.ofLog(channelUUID, 'gone');
  }

  /** The Seqs of a channel's messages that have changed. */
  changed(channelUUID: string): string {
    return this.ofLog(channelUUID, 'changed');
  }

  /** What has changed of one message. */
  messageState(channelUUID: string, seq: number | string): string {
    return this.ofLog(channelUUID, `message:${seq}`);
  }

  /** Who is in a group, and as what. The scripts name it themselves. */
  members(channelUUID: string): string {
    return this.ofLog(channelUUID, 'members');
  }

  /** The members of a group in the order in which they came. */
  roster(channelUUID: string): string {
    return this.ofLog(channelUUID, 'roster');
  }

  /** What else is kept of a group: its moderators, who is banned, who left mute, and what was changed. */
  ofGroup(channelUUID: string, what: 'moderators' | 'banned' | 'muted' | 'audit'): string {
    return this.ofLog(channelUUID, what);
  }

  /** The groups that a user is in. The truth is what each group says. */
  groupsOf(userUUID: string): string {
    return this.ofLog(inboxId(userUUID), 'groups');
  }

  /** The groups that a user has been in. */
  groupsLeft(userUUID: string): string {
    return this.ofLog(inboxId(userUUID), 'groups:left');
  }

  /** The group that a request of a user has made. `record` is what the request is remembered by. */
  madeBy(record: string): string {
    return `${this.prefix}:channels:made:${record}`;
  }

  /** All public groups. */
  publicGroups(): string {
    return `${this.prefix}:channels:public`;
  }

  /** What a log becomes that is rewritten. */
  logCopy(log: LogId): string {
    return this.ofLog(log, 'log:copy');
  }

  /**
   * The younger and the older half of one of a log's memories, as the version before has them. Names of its generations
   * begin with the first of the two: see memory.lua.
   */
  memory(log: LogId, memory: Memory): [younger: string, older: string] {
    return [this.ofLog(log, memory), this.ofLog(log, `${memory}:earlier`)];
  }

  /** How far users have read in a channel. */
  reads(channelUUID: string): string {
    return this.ofLog(channelUUID, 'reads');
  }

  /** How many messages a user has not read, by channel: what follows from the places in meta. */
  unread(userUUID: string): string {
    return this.ofLog(inboxId(userUUID), 'unread');
  }

  /** The private messages that a user has received, by their time. The script that puts items in names it itself. */
  received(userUUID: string): string {
    return this.ofLog(inboxId(userUUID), 'received');
  }

  /** The private channels with a message that is to be read with what has changed of it. The same script names it too. */
  receivedChanged(userUUID: string): string {
    return this.ofLog(inboxId(userUUID), 'received:changed');
  }

  /** The connections of one gateway that have joined a channel. */
  joined(channelUUID: string, gatewayId: string): string {
    return this.ofLog(channelUUID, `joined:${gatewayId}`);
  }

  /** The users who have joined a channel. */
  joinedUsers(channelUUID: string): string {
    return this.ofLog(channelUUID, 'users');
  }

  /** The pub/sub channel of a log's frames. */
  frames(log: LogId): string {
    return fanOutChannel(this.prefix, log);
  }

  /** The channels in which a gateway has joined connections. */
  gatewayChannels(gatewayId: string): string {
    return `${this.prefix}:channels:gateway:${gatewayId}`;
  }

  /** How much was stored for a user lately. In a slot of its own: a user writes to channels of any slot. */
  storedBytes(userUUID: string): string {
    return `${this.prefix}:channels:{bytes:${userUUID}}:stored`;
  }

  /** What else is kept for a webhook: what was set aside, what is sent again, and the newest deliveries. */
  webhook(name: string, what: 'aside' | 'again' | 'deliveries' | 'recent'): string {
    return `${this.prefix}:channels:{webhook:${name}}:${what}`;
  }

  /** The logs that a webhook gets: by when they are due, how often they were noted, and how far it has come in each. */
  webhookLine({ name, of }: WebhookLine): [due: string, news: string, at: string] {
    const place = `${this.prefix}:channels:{webhook:${name}}:${of === 'channels' ? '' : `${of}:`}`;
    return [`${place}due`, `${place}news`, `${place}at`];
  }

  /** What has happened to a user, for webhooks. */
  userEvents(userUUID: string): string {
    return `${this.prefix}:channels:{user:${userUUID}}:events`;
  }

  /** Who fetches the events of users, until when, and how far they are fetched. */
  userEventsFetched(): string {
    return `${this.prefix}:channels:{user-events}:fetched`;
  }

  private ofLog(log: LogId, name: string): string {
    return `${this.prefix}:channels:{${log}}:${name}`;
  }
}

/**
 * Every key of this service without its prefix: what it holds, how long it lives and what it grows with.
 */
export const KEY_CATALOGUE = [
  {
    pattern: 'channels:{<channelUUID>}:meta',
    type: 'hash',
    holds:
      'kind, a and b (the pair of a private channel), blockedByA and blockedByB (the mark of a block of the one user by the other), createdAt, epoch, began (the epoch, its number and the Seq after which it began), replid (the replication id of the Redis that wrote last), run (its process, for the version before), seq, changes (how many there are up to seq), at, by (Seq and sender of the newest message), keep (how many messages it keeps by rules of its own, their age at most in milliseconds, and when that is looked at next), postedIn and handledIn (when the generations of each end, and how many shards they have), posted and handled (the same of the version before)',
    lifetime: 'permanent',
    growth: 'one per channel that was ever joined or written to, or whose pair includes a block; 17 fields',
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
    pattern: 'channels:{<channelUUID>}:members',
    type: 'hash',
    holds:
      'of a group: user UUID → role, ordinal of the user among all who came, until when the user is mute (ms)',
    lifetime: 'until the group is purged',
    growth: 'one field per member, MEMBERS_PER_GROUP at most',
  },
  {
    pattern: 'channels:{<channelUUID>}:roster',
    type: 'sorted set',
    holds: 'of a group: the members by ordinal',
    lifetime: 'until the group is purged',
    growth: 'one per member',
  },
  {
    pattern: 'channels:{<channelUUID>}:moderators',
    type: 'sorted set',
    holds: 'of a group: the moderators by ordinal',
    lifetime: 'until the group is purged',
    growth: 'one per moderator',
  },
  {
    pattern: 'channels:{<channelUUID>}:banned',
    type: 'hash',
    holds: 'of a group: user UUID → since when (ms), and who did it',
    lifetime: 'a field until the ban is lifted',
    growth: 'one field per banned user, 10,000 at most',
  },
  {
    pattern: 'channels:{<channelUUID>}:muted',
    type: 'hash',
    holds: 'of a group: users who left while they were mute → until when (ms)',
    lifetime: 'a field until the user comes back',
    growth: 'one field per such user',
  },
  {
    pattern: 'channels:{<channelUUID>}:audit',
    type: 'stream',
    holds: 'of a group: field m: who changed what, as JSON without texts of messages',
    lifetime: 'about 1,000 newest entries',
    growth: 'one entry per change of the group or its members',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:groups',
    type: 'sorted set',
    holds:
      'the groups that the user is in, all with score 0: their ids sort by when they were made; one too many is dropped when it is read',
    lifetime: 'until the user leaves them',
    growth: 'one per group, GROUPS_PER_USER at most',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:groups:left',
    type: 'sorted set',
    holds: 'the groups that the user has left, where texts of the user may be',
    lifetime: 'until the user is purged',
    growth: 'one per group',
  },
  {
    pattern: 'channels:made:<record>',
    type: 'string',
    holds: 'the id of the group that a request has made: <record> is a digest of its user and its name',
    lifetime: 'a day',
    growth: 'one per group that was made',
  },
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
  {
    pattern: 'channels:public',
    type: 'sorted set',
    holds: 'the public groups, all with score 0; one too many is dropped when it is read',
    lifetime: 'until a group is archived or purged',
    growth: 'one per public group',
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
    pattern: 'channels:{<channelUUID>}:posted:<ends>:<shard>',
    type: 'hash',
    holds:
      'digest of sender and clientUUID → UUID of the stored message in 16 bytes, which hold its time and Seq; an empty field marks the shard',
    lifetime: 'twice CLIENT_UUID_TTL_SECONDS after its generation began, which is at <ends>',
    growth:
      'one field per such message in the first half of that time; a shard about 1,024, then the next generation has 8 times as many',
  },
  {
    pattern: 'channels:{<channelUUID>}:handled:<ends>:<shard>',
    type: 'hash',
    holds:
      'digest of sender and name of the post → UUID of the stored message in 16 bytes, which hold its time and Seq; an empty field marks the shard',
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
    growth: 'one field per user who has joined, left, posted or sent channelRead',
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
      'the private messages that the user has received, all with score 0: UUID of the message and of its channel, 22 characters each, which sort by its time',
    lifetime: 'a member until its message is deleted or no longer kept',
    growth:
      'one member per private message from others, about 150 bytes; where channels keep a part of their messages, about a third more than those that are kept',
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
  {
    pattern: 'channels:{inbox:<userUUID>}:posted:<ends>:<shard>',
    type: 'set',
    holds:
      'UUIDs of messages with a clientUUID that were put in, and digests of other items, 22 characters each; an empty member marks the shard',
    lifetime:
      '4 hours, or four times CLIENT_UUID_TTL_SECONDS if that is less, after its generation began, which is at <ends>',
    growth:
      'one member per such item in the first half of that time; a shard about 1,024, then the next generation has 8 times as many',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:handled:<ends>:<shard>',
    type: 'set',
    holds:
      'UUIDs of messages without a clientUUID that were put in, 22 characters each; an empty member marks the shard',
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
