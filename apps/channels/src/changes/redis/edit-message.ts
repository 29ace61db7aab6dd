import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './edit-message.lua.js';
import { type ChangedMessage, changeMessage, type MessageToChange } from './message-change.js';

const script = new Script(source);

/** A message that gets another text. */
export interface EditMessage extends MessageToChange {
  /** The JSON of its new fields, without braces: see `textFields`. */
  readonly fields: string;
}

/** Gives a message another text. @throws as `changeMessage`. */
export function editMessage(
  appender: Appender,
  keys: ChannelKeys,
  { fields, ...message }: EditMessage,
): Promise<ChangedMessage> {
  return changeMessage(appender, keys, script, message, [fields]);
}
