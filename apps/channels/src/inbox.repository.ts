import { Inject, Injectable } from '@nestjs/common';
import type { ReaderEpoch } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { groupBy } from './group-by.js';
import { appendInboxItems, type InboxToAppendTo } from './redis/append-inbox-items.js';
import type { AppendedMessage } from './redis/append-messages.js';
import { ChannelKeys } from './redis/keys.js';
import { type OpenedInbox, openInbox } from './redis/open-inbox.js';
import {
  HANDLED_MS,
  type MessageMark,
  memoryFor,
  RETENTION,
  type Retention,
  splitByMemory,
} from './redis/retention.js';

/** Changes of inboxes that are made at once at most: about 2 ms of Redis's time, each in another inbox. */
export const CHANGES_AT_ONCE = 128;

/** A stored message for the inbox of a user, who may be offline. */
export interface InboxMessage {
  readonly recipient: string;
  readonly channelUUID: string;
  readonly mark: MessageMark;
  readonly stored: Pick<AppendedMessage, 'UUID' | 'Seq'>;
  /** The message as its channel holds it. */
  readonly json: string;
}

/** A user has seen a channel's messages up to `seq`. */
interface Seen {
  readonly recipient: string;
  readonly channelUUID: string;
  readonly seq: number;
}

/** What changes in one inbox in one step. */
interface Changes {
  readonly messages: InboxMessage[];
  /** The newest Seq that was seen, by channel. */
  readonly seen: Map<string, number>;
}

/** The inboxes in Redis. Rejects with Redis's errors. */
@Injectable()
export class InboxRepository {
  private readonly changing = new TurnBatch<InboxMessage | Seen, undefined | Error>(
    (_, changes) => this.changeAll(changes),
    CHANGES_AT_ONCE,
  );

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(RETENTION) private readonly retention: Retention,
  ) {}

  /** Puts a message into its recipient's inbox and publishes the item, once per message. Those of one turn are one step. */
  put(message: InboxMessage): Promise<void> {
    return this.change(message);
  }

  /** Notes that a user has seen a channel's messages up to `seq`. Works when Redis is full, too. */
  markSeen(user: string, channelUUID: string, seq: number): Promise<void> {
    return this.change({ recipient: user, channelUUID, seq });
  }

  /** Where a user's inbox stands, and how many messages in private channels the user has not seen. */
  open(user: string, epoch?: ReaderEpoch): Promise<OpenedInbox> {
    return openInbox(this.redis, this.keys, { userUUID: user, epoch });
  }

  /** On a Cluster, where each inbox lies in its own slot, one step changes one inbox. */
  private async change(change: InboxMessage | Seen): Promise<void> {
    const fault = await this.changing.add(this.redis.isCluster ? change.recipient : '', change);
    if (fault !== undefined) throw fault;
  }

  private async changeAll(changes: readonly (InboxMessage | Seen)[]): Promise<(undefined | Error)[]> {
    const byUser = new Map(
      [...groupBy(changes, ({ recipient }) => recipient)].map(([user, own]) => [user, changesOf(own)]),
    );
    const runs = [...byUser.values()].flatMap(({ messages, seen }) =>
      splitByMemory(messages).map((run) => ({ messages: run, seen })),
    );
    // In this order: a message that is put in with a later Seq than was seen is unread.
    const [, faults] = await Promise.all([
      Promise.all([...byUser].map(([user, { seen }]) => this.forgetUnread(user, seen))),
      runs.length > 0 ? this.putAll(runs) : [],
    ]);
    const faultOf = new Map<unknown, undefined | Error>(
      runs.flatMap(({ messages }, at) => messages.map((message) => [message, faults[at]] as const)),
    );
    return changes.map((change) => faultOf.get(change));
  }

  private async forgetUnread(user: string, seen: ReadonlyMap<string, number>): Promise<void> {
    if (seen.size > 0) await this.redis.hdel(this.keys.unread(user), ...seen.keys());
  }

  private putAll(runs: readonly Changes[]): Promise<(undefined | Error)[]> {
    return appendInboxItems(this.redis, this.keys, {
      // A channel recognises a message for up to twice the time. The inbox must not forget it earlier.
      postedMs: 2 * this.retention.clientUuidMs,
      handledMs: 2 * HANDLED_MS,
      keep: this.retention.inboxItems,
      inboxes: runs.map(inboxToAppendTo),
    });
  }
}

/** An inbox with one run of its messages. */
function inboxToAppendTo({ messages, seen }: Changes): InboxToAppendTo {
  const { recipient, mark } = messages[0]!;
  return {
    recipient,
    memory: memoryFor(mark),
    messages: messages.map(({ channelUUID, stored, json }) => ({
      record: recordOf(stored.UUID),
      channelUUID,
      isUnread: stored.Seq > (seen.get(channelUUID) ?? 0),
      json,
    })),
  };
}

function changesOf(changes: readonly (InboxMessage | Seen)[]): Changes {
  const messages: InboxMessage[] = [];
  const seen = new Map<string, number>();
  for (const change of changes) {
    if ('json' in change) messages.push(change);
    else seen.set(change.channelUUID, Math.max(change.seq, seen.get(change.channelUUID) ?? 0));
  }
  return { messages, seen };
}

/** A UUID in 22 characters. All text: ioredis writes a command of text alone faster than one with bytes in it. */
const recordOf = (UUID: string): string => Buffer.from(UUID.replaceAll('-', ''), 'hex').toString('base64url');
