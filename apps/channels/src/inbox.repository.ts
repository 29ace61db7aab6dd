import { randomUUID } from 'node:crypto';
import { inboxId, type LogHead } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { TurnBatch } from '@parley/service-kit';
import { groupBy } from './group-by.js';
import { type AppendableInbox, appendInboxItems } from './redis/append-inbox-items.js';
import type { AppendedMessage } from './redis/append-messages.js';
import type { ChannelKeys } from './redis/keys.js';
import { openInbox } from './redis/open-inbox.js';
import { HANDLED_MS, type MessageMark, memoryOf, type Retention, runsOf } from './redis/retention.js';

/** Changes of inboxes that are made at once at most: about 2 ms of Redis's time, each in an inbox of its own. */
export const CHANGES_AT_ONCE = 128;

/** A stored message that concerns somebody who may not be there. */
export interface InboxMessage {
  readonly recipient: string;
  readonly channelUUID: string;
  readonly mark: MessageMark;
  readonly stored: Pick<AppendedMessage, 'UUID' | 'Seq'>;
  /** The message as its channel holds it. */
  readonly json: string;
}

/** That somebody has seen a channel's messages up to `seq`. */
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
export class InboxRepository {
  private readonly publish: 'PUBLISH' | 'SPUBLISH';
  private readonly changes = new TurnBatch<InboxMessage | Seen, Error | undefined>(
    (_, changes) => this.change(changes),
    CHANGES_AT_ONCE,
  );

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly retention: Retention,
  ) {
    this.publish = redis.isCluster ? 'SPUBLISH' : 'PUBLISH';
  }

  /** Puts a message into its recipient's inbox and publishes the item, once per message; those of one turn in one step. */
  put(message: InboxMessage): Promise<void> {
    return this.add(message);
  }

  /** Notes that a user has seen what a channel holds up to `seq`; also possible when Redis is full. */
  markSeen(user: string, channelUUID: string, seq: number): Promise<void> {
    return this.add({ recipient: user, channelUUID, seq });
  }

  /** Where a user's inbox stands, and how many messages in private channels the user has not seen. */
  open(user: string): Promise<LogHead & { readonly unread: number }> {
    const inbox = inboxId(user);
    return openInbox(this.redis, {
      keys: { meta: this.keys.meta(inbox), log: this.keys.log(inbox), unread: this.keys.unread(user) },
      fresh: randomUUID(),
    });
  }

  /** On a Cluster each inbox lies in a slot of its own: there those of one inbox are one step. */
  private async add(change: InboxMessage | Seen): Promise<void> {
    const fault = await this.changes.add(this.redis.isCluster ? change.recipient : '', change);
    if (fault !== undefined) throw fault;
  }

  private async change(changes: readonly (InboxMessage | Seen)[]): Promise<(Error | undefined)[]> {
    const byUser = new Map(
      [...groupBy(changes, ({ recipient }) => recipient)].map(([user, own]) => [user, changesOf(own)]),
    );
    const told = [...byUser.values()].flatMap(({ messages, seen }) =>
      runsOf(messages).map((run) => ({ messages: run, seen })),
    );
    // In this order: what is put in with a later Seq than was seen is unread.
    const [, faults] = await Promise.all([
      Promise.all([...byUser].map(([user, { seen }]) => this.forgetUnread(user, seen))),
      told.length > 0 ? this.putAll(told) : [],
    ]);
    const faultOf = new Map<unknown, Error | undefined>(
      told.flatMap(({ messages }, at) => messages.map((message) => [message, faults[at]] as const)),
    );
    return changes.map((change) => faultOf.get(change));
  }

  private async forgetUnread(user: string, seen: ReadonlyMap<string, number>): Promise<void> {
    if (seen.size > 0) await this.redis.hdel(this.keys.unread(user), ...seen.keys());
  }

  private putAll(told: readonly Changes[]): Promise<(Error | undefined)[]> {
    return appendInboxItems(this.redis, {
      // A channel recognises a message for up to twice the time, and the inbox never forgets it earlier.
      postedMs: 2 * this.retention.clientUuidMs,
      handledMs: 2 * HANDLED_MS,
      keep: this.retention.inboxItems,
      publish: this.publish,
      inboxes: told.map((changes) => this.appendableTo(changes)),
    });
  }

  /** An inbox with a run of its messages of one step. */
  private appendableTo({ messages, seen }: Changes): AppendableInbox {
    const { recipient, mark } = messages[0]!;
    const inbox = inboxId(recipient);
    const memory = memoryOf(mark);
    return {
      keys: {
        meta: this.keys.meta(inbox),
        log: this.keys.log(inbox),
        unread: this.keys.unread(recipient),
        memory: this.keys[memory](inbox),
      },
      fresh: randomUUID(),
      frames: this.keys.frames(inbox),
      memory,
      messages: messages.map(({ channelUUID, stored, json }) => ({
        record: recordOf(stored.UUID),
        channel: channelUUID,
        isUnread: stored.Seq > (seen.get(channelUUID) ?? 0),
        message: json,
      })),
    };
  }
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

/** A UUID in 22 characters, all text: a command of text alone is put together faster than one with bytes in it. */
const recordOf = (UUID: string): string => Buffer.from(UUID.replaceAll('-', ''), 'hex').toString('base64url');
