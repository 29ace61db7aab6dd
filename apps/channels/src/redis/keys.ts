import { fanOutChannel, inboxId, type LogId } from '@parley/contracts';
import type { WebhookLine } from '../webhooks/webhook-line.js';
import { CHANNEL_KEYS } from './catalogue/channels.js';
import { GROUP_KEYS } from './catalogue/groups.js';
import { INBOX_KEYS } from './catalogue/inboxes.js';
import { MEMORY_KEYS } from './catalogue/memories.js';
import { WEBHOOK_KEYS } from './catalogue/webhooks.js';
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

  /** How far users have read in a channel that is not private. Of a private one, see {@link readField}. */
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

/** The field of a private channel's meta that says how far one of its users has read. */
export const readField = (userUUID: string): string => `read:${userUUID}`;

/**
 * Every key of this service without its prefix: what it holds, how long it lives and what it grows with.
 */
export const KEY_CATALOGUE = [
  ...CHANNEL_KEYS,
  ...GROUP_KEYS,
  ...INBOX_KEYS,
  ...MEMORY_KEYS,
  ...WEBHOOK_KEYS,
] as const;
