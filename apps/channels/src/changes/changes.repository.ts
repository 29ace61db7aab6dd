import { Inject, Injectable } from '@nestjs/common';
import { APPENDER, type Appender } from '../redis/appender.js';
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
export type MessageChange = Omit<MessageToChange, 'retention'> & { readonly what: WhatToChange };

/** Changes the messages of channels in Redis. Rejects as `changeMessage`. */
@Injectable()
export class ChangesRepository {
  constructor(
    private readonly keys: ChannelKeys,
    @Inject(RETENTION) private readonly retention: Retention,
    @Inject(APPENDER) private readonly appender: Appender,
  ) {}

  /** Makes a change and publishes it, in one step. */
  change({ what, ...change }: MessageChange): Promise<ChangedMessage> {
    const { appender, keys } = this;
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
}
