import { useMessages } from '@parley/react';
import { useEffect, useRef } from 'react';
import { Composer } from '../composer/composer.js';
import { useWriting } from '../composer/writing.js';
import { MessagePane } from '../messages/message-pane.js';
import type { Conversation } from './conversation.js';
import { ConversationHead } from './conversation-head.js';
import { targetOf } from './place.js';

/** A conversation: its head, its messages, and where one writes. */
export function ConversationView({ conversation }: { readonly conversation: Conversation }) {
  const feed = useMessages(targetOf(conversation.place));
  const writing = useWriting(conversation.place);
  const head = useRef<HTMLHeadingElement>(null);
  // On a narrow screen the list is gone now: who uses the keyboard or listens goes on here.
  useEffect(() => head.current?.focus({ preventScroll: true }), []);
  return (
    <section className="pane" aria-label={conversation.title}>
      <ConversationHead conversation={conversation} ref={head} />
      <MessagePane conversation={conversation} feed={feed} writing={writing} />
      <Composer conversation={conversation} writing={writing} feed={feed} />
    </section>
  );
}
