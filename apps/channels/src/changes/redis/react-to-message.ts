import { LIMITS } from '@parley/protocol';
import { Script } from '@parley/redis';
import type { Appender } from '../../redis/appender.js';
import type { ChannelKeys } from '../../redis/keys.js';
import { type ChangedMessage, changeMessage, type MessageToChange } from './message-change.js';
import source from './react-to-message.lua.js';

const script = new Script(source);

/** A message to which a user reacts. */
export interface ReactToMessage extends MessageToChange {
  readonly reaction: string;
  /** Takes the reaction back. */
  readonly remove: boolean;
}

/** Adds a user's reaction to a message, or takes it back. @throws as `changeMessage`. */
export function reactToMessage(
  appender: Appender,
  keys: ChannelKeys,
  { reaction, remove, ...message }: ReactToMessage,
): Promise<ChangedMessage> {
  const args = [JSON.stringify(reaction), remove ? 1 : 0, LIMITS.reactionKinds];
  return changeMessage(appender, keys, script, message, args);
}
