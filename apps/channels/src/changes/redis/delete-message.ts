import { rightOf } from '@parley/protocol';
import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './delete-message.lua.js';
import { type ChangedMessage, changeMessage, type MessageToChange } from './message-change.js';

const script = new Script(source);
const MODERATORS = rightOf('deleteOthers').roles.join(' ');

/** Deletes a message. One that is deleted stays so. @throws as `changeMessage`. */
export function deleteMessage(
  appender: Appender,
  keys: ChannelKeys,
  message: MessageToChange,
): Promise<ChangedMessage> {
  return changeMessage(appender, keys, script, message, [MODERATORS]);
}
