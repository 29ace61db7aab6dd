import { randomUUID } from 'node:crypto';
import { inboxId, type LogHead } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { parse } from 'uuid';
import { appendInboxItem } from './append-inbox-item.js';
import type { AppendedMessage } from './append-message.js';
import type { ChannelKeys } from './keys.js';
import { openInbox } from './open-inbox.js';
import { type MessageMark, type Retention, rememberedMs } from './retention.js';

/** A stored message that concerns somebody who may not be there. */
export interface InboxMessage {
  readonly recipient: string;
  readonly channelUUID: string;
  readonly mark: MessageMark;
  readonly stored: Pick<AppendedMessage, 'UUID'>;
  /** The message as its channel holds it. */
  readonly json: string;
}

/** The inboxes in Redis. Rejects with Redis's errors. */
export class InboxRepository {
  private readonly publish: 'PUBLISH' | 'SPUBLISH';

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly retention: Retention,
  ) {
    this.publish = redis.isCluster ? 'SPUBLISH' : 'PUBLISH';
  }

  /** Puts a message into its recipient's inbox and publishes the item, once per message. */
  async put({ recipient, channelUUID, mark, stored, json }: InboxMessage): Promise<void> {
    const inbox = inboxId(recipient);
    const recorded = 'clientUUID' in mark ? this.keys.posted(inbox) : this.keys.handled(inbox);
    await appendInboxItem(this.redis, {
      keys: {
        meta: this.keys.meta(inbox),
        log: this.keys.log(inbox),
        unread: this.keys.unread(recipient),
        recorded: recorded[0],
        recordedEarlier: recorded[1],
      },
      fresh: randomUUID(),
      record: Buffer.from(parse(stored.UUID)),
      // A channel recognises a message for up to twice the time, and the inbox never forgets it earlier.
      recordMs: 2 * rememberedMs(mark, this.retention),
      channel: channelUUID,
      message: json,
      keep: this.retention.inboxItems,
      publish: this.publish,
      frames: this.keys.frames(inbox),
    });
  }

  /** Notes that a user has seen what a channel holds; also possible when Redis is full. */
  async markSeen(user: string, channelUUID: string): Promise<void> {
    await this.redis.hdel(this.keys.unread(user), channelUUID);
  }

  /** Where a user's inbox stands, and how many messages in private channels the user has not seen. */
  open(user: string): Promise<LogHead & { readonly unread: number }> {
    const inbox = inboxId(user);
    return openInbox(this.redis, {
      keys: { meta: this.keys.meta(inbox), log: this.keys.log(inbox), unread: this.keys.unread(user) },
      fresh: randomUUID(),
    });
  }
}
