import type { ChangeType, Message, ReactionCount, ServerFrameOf } from '@parley/protocol';
import { LIMITS } from '@parley/protocol/constants';

/** A frame that says what happened to a message. */
export type ChangeFrame = { [T in ChangeType]: ServerFrameOf<T> }[ChangeType];

/** What every change says. */
export function changeIn(frame: ChangeFrame): ServerFrameOf<'messageDelete'>['messageDelete'] {
  if (frame.type === 'messageEdit') return frame.messageEdit;
  return frame.type === 'messageDelete' ? frame.messageDelete : frame.reaction;
}

/** The text of the message after an edit or a deletion; none if it is deleted. */
export const textAfter = (frame: Exclude<ChangeFrame, { type: 'reaction' }>): string | undefined =>
  frame.type === 'messageEdit' ? frame.messageEdit.Message : undefined;

/** What a reply quotes of a text. */
export const excerptOf = (text: string): string => [...text].slice(0, LIMITS.excerptCharacters).join('');

/**
 * The message after a change. A deletion is final: what else comes for a deleted message, it comes for the second time.
 * @param reader the user who reads it.
 */
export function afterChange(message: Message, frame: ChangeFrame, reader: string | undefined): Message {
  if (message.deletedAt !== undefined) return message;
  if (frame.type === 'messageEdit') return afterEdit(message, frame.messageEdit);
  return frame.type === 'messageDelete'
    ? tombstoneOf(message, frame.messageDelete.at)
    : afterReaction(message, frame.reaction, reader);
}

/** Without a text, the edit is one of a message that is deleted since: its deletion follows. */
function afterEdit(
  message: Message,
  { Message, mentions = [], at }: ServerFrameOf<'messageEdit'>['messageEdit'],
) {
  if (Message === undefined) return message;
  const { mentions: _, ...rest } = message;
  return { ...rest, Message, editedAt: at, ...(mentions.length > 0 && { mentions }) };
}

function tombstoneOf(message: Message, deletedAt: string): Message {
  const { editedAt, reactions, mentions, replyTo, ...rest } = message;
  return { ...rest, Message: '', deletedAt };
}

function afterReaction(
  { reactions = [], ...rest }: Message,
  { reaction, count, remove, userUUID }: ServerFrameOf<'reaction'>['reaction'],
  reader: string | undefined,
): Message {
  const known = reactions.find((one) => one.reaction === reaction);
  const mine = userUUID === reader ? !remove : (known?.mine ?? false);
  const changed: ReactionCount = { reaction, count, mine };
  const after = known ? reactions.map((one) => (one === known ? changed : one)) : [...reactions, changed];
  const shown = after.filter((one) => one.count > 0);
  return shown.length > 0 ? { ...rest, reactions: shown } : rest;
}
