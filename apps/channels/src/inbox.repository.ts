import { randomUUID } from 'node:crypto';
import { inboxId, type LogHead } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { TurnBatch } from '@parley/service-kit';
import { appendInboxItems } from './append-inbox-items.js';
import type { AppendedMessage } from './append-messages.js';
import type { ChannelKeys } from './keys.js';
import { openInbox } from './open-inbox.js';
import { HANDLED_MS, type MessageMark, memoryOf, type Retention } from './retention.js';

/** Changes of one inbox that are made at once at most. */
const CHANGES_AT_ONCE = 256;

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
  readonly channelUUID: string;
  readonly seq: number;
}

/** The inboxes in Redis. Rejects with Redis's errors. */
export class InboxRepository {
  private readonly publish: 'PUBLISH' | 'SPUBLISH';
  private readonly changes = new TurnBatch<InboxMessage | Seen, undefined>(
    (user, changes) => this.change(user, changes),
    CHANGES_AT_ONCE,
  );

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly retention: Retention,
  ) {
    this.publish = redis.isCluster ? 'SPUBLISH' : 'PUBLISH';
  }

  /** Puts a message into its recipient's inbox and publishes the item, once per message; those of one inbox and turn in one step. */
  async put(message: InboxMessage): Promise<void> {
    await this.changes.add(message.recipient, message);
  }

  /** Notes that a user has seen what a channel holds up to `seq`; also possible when Redis is full. */
  async markSeen(user: string, channelUUID: string, seq: number): Promise<void> {
    await this.changes.add(user, { channelUUID, seq });
  }

  /** Where a user's inbox stands, and how many messages in private channels the user has not seen. */
  open(user: string): Promise<LogHead & { readonly unread: number }> {
    const inbox = inboxId(user);
    return openInbox(this.redis, {
      keys: { meta: this.keys.meta(inbox), log: this.keys.log(inbox), unread: this.keys.unread(user) },
      fresh: randomUUID(),
    });
  }

  private async change(user: string, changes: readonly (InboxMessage | Seen)[]): Promise<undefined[]> {
    const seen = new Map<string, number>();
    const messages: InboxMessage[] = [];
    for (const change of changes) {
      if ('json' in change) messages.push(change);
      else seen.set(change.channelUUID, Math.max(change.seq, seen.get(change.channelUUID) ?? 0));
    }
    // In this order: what is put in with a later Seq than was seen is unread.
    await Promise.all([
      seen.size > 0 && this.redis.hdel(this.keys.unread(user), ...seen.keys()),
      messages.length > 0 && this.putAll(user, messages, seen),
    ]);
    return changes.map(() => undefined);
  }

  private putAll(user: string, messages: readonly InboxMessage[], seen: ReadonlyMap<string, number>) {
    const inbox = inboxId(user);
    return appendInboxItems(this.redis, {
      keys: {
        meta: this.keys.meta(inbox),
        log: this.keys.log(inbox),
        unread: this.keys.unread(user),
        posted: this.keys.posted(inbox),
        handled: this.keys.handled(inbox),
      },
      fresh: randomUUID(),
      // A channel recognises a message for up to twice the time, and the inbox never forgets it earlier.
      postedMs: 2 * this.retention.clientUuidMs,
      handledMs: 2 * HANDLED_MS,
      keep: this.retention.inboxItems,
      publish: this.publish,
      frames: this.keys.frames(inbox),
      messages: messages.map(({ channelUUID, mark, stored, json }) => ({
        memory: memoryOf(mark),
        record: recordOf(stored.UUID),
        channel: channelUUID,
        isUnread: stored.Seq > (seen.get(channelUUID) ?? 0),
        message: json,
      })),
    });
  }
}

/** A UUID in 22 characters, all text: a command of text alone is put together faster than one with bytes in it. */
const recordOf = (UUID: string): string => Buffer.from(UUID.replaceAll('-', ''), 'hex').toString('base64url');
