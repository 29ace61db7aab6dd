import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Message } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { readMessages } from '../inbox/redis/read-messages.js';
import { APPENDER, type Appender, NotOnReplicas } from '../redis/appender.js';
import { ChannelKeys } from '../redis/keys.js';
import { RETENTION, type Retention } from '../redis/retention.js';
import { deleteMessage } from './redis/delete-message.js';
import { editMessage } from './redis/edit-message.js';
import type { ChangedMessage, MessageToChange } from './redis/message-change.js';
import { reactToMessage } from './redis/react-to-message.js';

/** What is done to a message. */
export type WhatToChange =
  | { readonly kind: 'edit'; readonly fields: string }
  | { readonly kind: 'delete' }
  | { readonly kind: 'react'; readonly reaction: string; readonly remove: boolean };

/** A message, and what is done to it. */
export type MessageChange = Omit<MessageToChange, 'retention'> & {
  readonly what: WhatToChange;
  /** The other user of a private channel. */
  readonly partnerUUID?: string | undefined;
};

/** Changes the messages of channels in Redis. Rejects as `changeMessage`. */
@Injectable()
export class ChangesRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(RETENTION) private readonly retention: Retention,
    @Inject(APPENDER) private readonly appender: Appender,
  ) {}

  /**
   * Whether an edit is made already. Changes nothing: a text that no message has, of a request that is late, is refused last.
   * @throws what {@link change} throws for one who may not edit the message.
   */
  async isEdited(edit: Omit<MessageChange, 'what' | 'deadline'>): Promise<boolean> {
    try {
      await this.change({ ...edit, what: { kind: 'edit', fields: '' }, deadline: 0 });
      return true;
    } catch (error) {
      const isLate = error instanceof AppError && error.name === 'UNAVAILABLE';
      if (isLate && !(error instanceof NotOnReplicas)) return false;
      throw error;
    }
  }

  /** A message as its channel holds it now; `undefined` where it is gone. */
  async read(channelUUID: string, UUID: string, messageSeq: number): Promise<Message | undefined> {
    const messages = [{ channelUUID, UUID, messageSeq }];
    const [json] = await readMessages(this.redis, this.keys, { userUUID: '', messages, bytes: 0 });
    return json === undefined ? undefined : (JSON.parse(json) as Message);
  }

  /** Makes a change and publishes it, in one step. Before that, it is noted where a list of received messages shows the message. */
  async change({ what, partnerUUID, ...change }: MessageChange): Promise<ChangedMessage> {
    const { appender, keys } = this;
    if (partnerUUID !== undefined && what.kind !== 'delete')
      await this.noteChange(change.channelUUID, [change.user, partnerUUID]);
    const message = { ...change, retention: this.retention };
    switch (what.kind) {
      case 'edit':
        return editMessage(appender, keys, { ...message, fields: what.fields });
      case 'delete':
        return deleteMessage(appender, keys, message);
      case 'react':
        return reactToMessage(appender, keys, { ...message, reaction: what.reaction, remove: what.remove });
    }
  }

  /**
   * Lists of received messages lie in other slots than the channel. They read a message from the log alone unless a change is noted, and so
   * it is noted first. A change that fails costs a reader a look. A deletion needs no note: it takes the message out of the log.
   */
  private async noteChange(channelUUID: string, users: readonly string[]): Promise<void> {
    await Promise.all(
      users.map((userUUID) => this.redis.sadd(this.keys.receivedChanged(userUUID), channelUUID)),
    );
  }
}
