import type { Reply } from '@parley/protocol';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { ComposerState } from '../composer/composer-state.js';
import type { PendingPost } from '../composer/pending-posts.js';
import type { Conversation } from '../conversations/conversation.js';
import { targetOf } from '../conversations/place.js';
import { Button } from '../design/button.js';
import { Spinner } from '../design/spinner.js';
import { useChat, useReads, useStore } from '../parley.js';
import type { ChannelMessages, ShownMessages } from './channel-messages.js';
import { SurroundingsProvider } from './message-context.js';
import { MessageList } from './message-list.js';
import { rowsOf } from './timeline.js';

interface PaneProps {
  readonly conversation: Conversation;
  readonly messages: ChannelMessages | undefined;
  readonly composer: ComposerState;
}

const NONE: readonly PendingPost[] = [];

/** The messages of a conversation, or why there are none. */
export function MessagePane({ messages, ...rest }: PaneProps) {
  if (messages === undefined) return <Loading />;
  return <OpenedPane messages={messages} {...rest} />;
}

const Loading = () => (
  <div className="messages-pane centred">
    <Spinner label="Loading messages" />
  </div>
);

function OpenedPane({
  conversation,
  messages,
  composer,
}: PaneProps & { readonly messages: ChannelMessages }) {
  const shown = useStore(messages.shown);
  const pending = useStore(useChat().pending.posts)[conversation.key] ?? NONE;
  const unreadAfter = useUnreadMark(conversation, shown);
  const posts = shown.hasNewer ? NONE : pending;
  const rows = useMemo(
    () => rowsOf(shown.messages, posts, unreadAfter),
    [shown.messages, posts, unreadAfter],
  );
  const [wanted, jump] = useJump(messages);
  const reads = useReads(targetOf(conversation.place));
  const surroundings = useMemo(
    () => ({ conversation, composer, reads, jump, highlighted: wanted }),
    [conversation, composer, reads, jump, wanted],
  );
  if (shown.status === 'loading') return <Loading />;
  if (shown.status !== 'ready') return <NotReady status={shown.status} messages={messages} />;
  if (rows.length === 0) return <NothingSaid title={conversation.title} />;
  return (
    <SurroundingsProvider value={surroundings}>
      <MessageList
        rows={rows}
        shown={shown}
        messages={messages}
        conversation={conversation}
        wanted={wanted}
      />
    </SurroundingsProvider>
  );
}

/** The Seq after which messages were new when the conversation was opened. It stays while the conversation is open. */
function useUnreadMark({ unread }: Conversation, { status, messages }: ShownMessages): number | undefined {
  const [count] = useState(unread);
  const mark = useRef<number | undefined>(undefined);
  if (mark.current === undefined && status === 'ready' && count > 0)
    mark.current = messages.at(-count - 1)?.Seq ?? (messages[0]?.Seq ?? 1) - 1;
  return mark.current;
}

/** @returns the message to go to, and how to choose it. */
function useJump(
  messages: ChannelMessages,
): readonly [wanted: string | undefined, jump: (to: Reply) => void] {
  const [wanted, setWanted] = useState<string>();
  const jump = useCallback(
    async ({ UUID, Seq }: Reply) => {
      setWanted(undefined);
      const isHeld = messages.shown.get().messages.some((message) => message.UUID === UUID);
      if (!isHeld) await messages.openAt(Seq);
      setWanted(UUID);
    },
    [messages],
  );
  return [wanted, jump];
}

function NotReady({
  status,
  messages,
}: {
  readonly status: 'failed' | 'gone';
  readonly messages: ChannelMessages;
}) {
  return (
    <div className="messages-pane centred">
      <div className="blank">
        <p>
          {status === 'gone'
            ? 'This conversation is not open to you any more.'
            : 'The messages could not be loaded.'}
        </p>
        {status === 'failed' && <Button onClick={() => void messages.open()}>Try again</Button>}
      </div>
    </div>
  );
}

function NothingSaid({ title }: { readonly title: string }) {
  return (
    <div className="messages-pane centred">
      <div className="blank">
        <p>Nothing has been said in {title} yet.</p>
        <p>Write the first message.</p>
      </div>
    </div>
  );
}
