import type { Reply } from '@parley/protocol';
import { useCallback } from 'react';
import type { Conversation } from '../conversations/conversation.js';
import { targetOf } from '../conversations/place.js';
import { useChat } from '../parley.js';
import type { ComposerState } from './composer-state.js';

/** Sends what is written: a new message at once, whatever the connection; a change when the server has answered. */
export function useSend({ key, place }: Conversation, composer: ComposerState): () => void {
  const { client, pending, notices } = useChat();
  return useCallback(() => {
    const { text, editing, replyTo } = composer.written.get();
    if (text.trim() === '') return;
    const target = targetOf(place);
    if (editing === undefined) pending.send({ key, target }, text.trim(), replyTo && quoteOf(replyTo));
    else if (text.trim() !== editing.Message)
      client.edit(target, editing.UUID, text.trim()).catch(notices.fail);
    composer.sent();
  }, [client, composer, key, notices, pending, place]);
}

const quoteOf = (message: {
  UUID: string;
  Seq: number;
  SenderUUID: string;
  Sender: { Username: string };
}): Reply => ({
  UUID: message.UUID,
  Seq: message.Seq,
  SenderUUID: message.SenderUUID,
  Username: message.Sender.Username,
});
