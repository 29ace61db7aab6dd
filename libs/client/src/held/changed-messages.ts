import type { Message } from '@parley/protocol';
import { afterChange, type ChangeFrame, changeIn, excerptOf, textAfter } from './after-change.js';

/**
 * Messages after a change of one of them, and the replies that quote it. A change states a result, never a difference, so that one that
 * is applied twice makes no difference.
 * @param reader the user who reads them.
 * @returns another array if something in it is different.
 */
export function changedMessages(
  messages: readonly Message[],
  frame: ChangeFrame,
  reader: string | undefined,
): readonly Message[] {
  const { messageSeq, UUID } = changeIn(frame);
  const quoted = frame.type === 'reaction' ? messages : requoted(messages, UUID, textAfter(frame));
  const index = quoted.findIndex(({ Seq }) => Seq === messageSeq);
  const message = quoted[index];
  return message?.UUID === UUID ? quoted.with(index, afterChange(message, frame, reader)) : quoted;
}

/** Replies quote a message as it is. */
function requoted(messages: readonly Message[], UUID: string, text: string | undefined): readonly Message[] {
  if (!messages.some(({ replyTo }) => replyTo?.UUID === UUID)) return messages;
  return messages.map((message) => {
    const { replyTo } = message;
    if (replyTo?.UUID !== UUID || replyTo.excerpt === undefined) return message;
    const { excerpt: _, ...reply } = replyTo;
    return { ...message, replyTo: text === undefined ? reply : { ...reply, excerpt: excerptOf(text) } };
  });
}
