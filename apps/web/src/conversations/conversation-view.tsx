import { useMessages } from '@parley/react';
import { useEffect, useRef, useState } from 'react';
import { Composer } from '../composer/composer.js';
import { ComposerState } from '../composer/composer-state.js';
import { MessagePane } from '../messages/message-pane.js';
import { useChat } from '../parley.js';
import type { Conversation } from './conversation.js';
import { ConversationHead } from './conversation-head.js';
import { targetOf } from './place.js';

/** A conversation: its head, its messages, and where one writes. */
export function ConversationView({ conversation }: { readonly conversation: Conversation }) {
  const { drafts } = useChat();
  const feed = useMessages(targetOf(conversation.place));
  const [composer] = useState(() => new ComposerState(drafts, conversation.key));
  const head = useRef<HTMLHeadingElement>(null);
  // On a narrow screen the list is gone now: who uses the keyboard or listens goes on here.
  useEffect(() => head.current?.focus({ preventScroll: true }), []);
  return (
    <section className="pane" aria-label={conversation.title}>
      <ConversationHead conversation={conversation} ref={head} />
      <MessagePane conversation={conversation} feed={feed} composer={composer} />
      <Composer conversation={conversation} composer={composer} feed={feed} />
    </section>
  );
}
