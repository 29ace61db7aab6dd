import type { ChangeFrame } from '@parley/client';
import type { Message } from '@parley/protocol';
import { plain, plainLine } from '../output/plain-text.js';
import type { ConversationNames } from '../session/conversation-names.js';

/**
 * A change of a message in a line for people.
 * @param message the message after it, if it is known.
 */
export async function changeText(
  frame: ChangeFrame,
  message: Message | undefined,
  names: ConversationNames,
): Promise<string> {
  const author = message?.Sender.Username;
  const which = `message ${messageSeqOf(frame)}${author ? ` of ${plainLine(author)}` : ''}`;
  switch (frame.type) {
    case 'messageEdit':
      return `${await names.ofUser(frame.messageEdit.userUUID)} edited ${which}: ${plain(frame.messageEdit.Message ?? '')}`;
    case 'messageDelete':
      return `${await names.ofUser(frame.messageDelete.userUUID)} deleted ${which}`;
    case 'reaction': {
      const { userUUID, reaction, remove } = frame.reaction;
      const what = remove === true ? 'took back' : 'reacted';
      return `${await names.ofUser(userUUID)} ${what} ${plainLine(reaction)} to ${which}`;
    }
  }
}

function messageSeqOf(frame: ChangeFrame): number {
  if (frame.type === 'messageEdit') return frame.messageEdit.messageSeq;
  if (frame.type === 'messageDelete') return frame.messageDelete.messageSeq;
  return frame.reaction.messageSeq;
}
