import { useEffect, useRef, useState } from 'react';
import { Composer } from '../composer/composer.js';
import { ComposerState } from '../composer/composer-state.js';
import { MessagePane } from '../messages/message-pane.js';
import { useChat, useMessages } from '../parley.js';
import type { Conversation } from './conversation.js';
import { ConversationHead } from './conversation-head.js';

/** A conversation: its head, its messages, and where one writes. */
export function ConversationView({ conversation }: { readonly conversation: Conversation }) {
  const { drafts } = useChat();
  const messages = useMessages(conversation);
  const [composer] = useState(() => new ComposerState(drafts, conversation.key));
  const head = useRef<HTMLHeadingElement>(null);
  // On a narrow screen the list is gone now: who uses the keyboard or listens goes on here.
  useEffect(() => head.current?.focus({ preventScroll: true }), []);
  return (
    <section className="pane" aria-label={conversation.title}>
      <ConversationHead conversation={conversation} ref={head} />
      <MessagePane conversation={conversation} messages={messages} composer={composer} />
      <Composer conversation={conversation} composer={composer} messages={messages} />
    </section>
  );
}
