import { fanOutChannel, inboxId, type LogId } from '@parley/contracts';
import type { Memory } from './retention.js';

/**
 * The key and pub/sub channel names of the channels service. All keys of one log lie in one hash slot: a script that appends
 * to it changes several of them.
 */
export class ChannelKeys {
  /** @param prefix starts every name, as REDIS_PREFIX says. */
  constructor(private readonly prefix: string) {}

  /** What a channel or an inbox is, and how far its log has come. */
  meta(log: LogId): string {
    return this.ofLog(log, 'meta');
  }

  /** The messages or items. The entry with id `<Seq>-0` holds the finished JSON. */
  log(log: LogId): string {
    return this.ofLog(log, 'log');
  }

  /** The younger and the older half of one of a log's memories. */
  memory(log: LogId, memory: Memory): [younger: string, older: string] {
    return [this.ofLog(log, memory), this.ofLog(log, `${memory}:earlier`)];
  }

  /** How far the messages for a user have come, and how far the user has read, by channel. */
  positions(userUUID: string): string {
    return this.ofLog(inboxId(userUUID), 'positions');
  }

  /** How many messages a user has not read, by channel: what follows from the positions. */
  unread(userUUID: string): string {
    return this.ofLog(inboxId(userUUID), 'unread');
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
      'kind, a and b (the pair of a private channel), createdAt, epoch, began (the epoch, its number and the Seq after which it began), replid (the replication id of the Redis that wrote last), run (its process, for the version before), was:<epoch> for each earlier epoch (its number, and the newest Seq that the log still shares with it), seq, at, by (Seq and sender of the newest message), posted and handled (when their two halves end)',
    lifetime: 'permanent',
    growth: 'one per channel that was ever joined or written to; 13 fields, and 63 earlier epochs at most',
  },
  {
    pattern: 'channels:{<channelUUID>}:log',
    type: 'stream',
    holds: 'id <Seq>-0, field m: the JSON of the message',
    lifetime: 'permanent; with MESSAGES_PER_CHANNEL, at least that many newest messages',
    growth: 'one entry per message',
  },
  {
    pattern: 'channels:{<channelUUID>}:posted',
    type: 'hash',
    holds: 'digest of sender and clientUUID → UUID, Seq and time of the stored message',
    lifetime: 'CLIENT_UUID_TTL_SECONDS, then renamed to posted:earlier',
    growth: 'one field per message with a clientUUID within that time',
  },
  {
    pattern: 'channels:{<channelUUID>}:posted:earlier',
    type: 'hash',
    holds: 'as posted',
    lifetime: 'CLIENT_UUID_TTL_SECONDS after it was renamed',
    growth: 'none: it is only read',
  },
  {
    pattern: 'channels:{<channelUUID>}:handled',
    type: 'hash',
    holds: 'digest of sender and name of the post → UUID, Seq and time of the stored message',
    lifetime: '2 minutes, then renamed to handled:earlier',
    growth: 'one field per message without a clientUUID within that time',
  },
  {
    pattern: 'channels:{<channelUUID>}:handled:earlier',
    type: 'hash',
    holds: 'as handled',
    lifetime: '2 minutes after it was renamed',
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
    pattern: 'channels:gateway:<gatewayId>',
    type: 'hash',
    holds: 'channel UUID → mark of the last join',
    lifetime: 'until the gateway has no joined connection or ends',
    growth: 'one field per channel that the gateway has joined connections in',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:meta',
    type: 'hash',
    holds: 'kind (inbox), epoch, began, replid, run, was:<epoch>, seq, posted and handled, as for a channel',
    lifetime: 'permanent',
    growth: 'one per user who was written to privately; 8 fields, and 63 earlier epochs at most',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:log',
    type: 'stream',
    holds: 'id <Seq>-0, field m: the JSON of the item, which holds its message',
    lifetime: 'permanent; at least INBOX_ITEMS newest items',
    growth: 'one entry per message from others, up to INBOX_ITEMS and a node of the stream more',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:unread',
    type: 'hash',
    holds: 'channel UUID → number of unread messages, which follows from positions',
    lifetime: 'a field until the user has read that channel',
    growth: 'one field per private channel with unread messages',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:positions',
    type: 'hash',
    holds:
      'channel UUID → epoch of the channel, newest Seq for the user, Seq up to which the user has read, Seq before the first message that was counted',
    lifetime: 'permanent',
    growth: 'one field per private channel that the user has read or was written to in',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:posted',
    type: 'set',
    holds: 'UUIDs of messages with a clientUUID that were put in, 22 characters each',
    lifetime: 'twice CLIENT_UUID_TTL_SECONDS, but 2 hours at most; then renamed to posted:earlier',
    growth: 'one member per such message within that time',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:posted:earlier',
    type: 'set',
    holds: 'as posted',
    lifetime: 'as long after it was renamed',
    growth: 'none: it is only read',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:handled',
    type: 'set',
    holds: 'UUIDs of messages without a clientUUID that were put in, 22 characters each',
    lifetime: '4 minutes, then renamed to handled:earlier',
    growth: 'one member per such message within that time',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:handled:earlier',
    type: 'set',
    holds: 'as handled',
    lifetime: '4 minutes after it was renamed',
    growth: 'none: it is only read',
  },
] as const;
