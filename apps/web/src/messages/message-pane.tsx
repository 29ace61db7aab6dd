import type { Reply } from '@parley/protocol';
import { type MessageFeed, useChannel } from '@parley/react';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { Writing } from '../composer/writing.js';
import type { Conversation } from '../conversations/conversation.js';
import { targetOf } from '../conversations/place.js';
import { Button } from '../design/button.js';
import { Spinner } from '../design/spinner.js';
import { useNewest } from '../parley.js';
import { SurroundingsProvider } from './message-context.js';
import { MessageList } from './message-list.js';
import { rowsOf } from './timeline.js';
import { WaitingMessages } from './waiting-messages.js';

interface PaneProps {
  readonly conversation: Conversation;
  readonly feed: MessageFeed;
  readonly writing: Writing;
}

/** The messages of a conversation, or why there are none. */
export function MessagePane({ conversation, feed, writing }: PaneProps) {
  const { messages, status, retry, discard } = feed;
  const unreadAfter = useUnreadMark(conversation, feed);
  const rows = useMemo(() => rowsOf(messages, unreadAfter), [messages, unreadAfter]);
  const [wanted, jump] = useJump(feed);
  const { reads } = useChannel(targetOf(conversation.place));
  const surroundings = useMemo(
    () => ({ conversation, writing, retry, discard, reads, jump, highlighted: wanted }),
    [conversation, writing, retry, discard, reads, jump, wanted],
  );
  if (status === 'closed') return <Closed />;
  const hasFailed = status === 'failed';
  const isLoading = status !== 'ready' && !messages.some(({ state }) => state === 'stored');
  if (!hasFailed && !isLoading && rows.length === 0) return <NothingSaid title={conversation.title} />;
  return (
    <SurroundingsProvider value={surroundings}>
      {hasFailed || isLoading ? (
        <WaitingMessages messages={messages}>
          {hasFailed ? <NotLoaded reload={feed.reload} /> : <Spinner label="Loading messages" />}
        </WaitingMessages>
      ) : (
        <MessageList rows={rows} feed={feed} conversation={conversation} wanted={wanted} />
      )}
    </SurroundingsProvider>
  );
}

/** The Seq after which messages were new when the conversation was opened. It stays while the conversation is open. */
function useUnreadMark(
  { unread }: Conversation,
  { status, messages, hasNewer }: MessageFeed,
): number | undefined {
  const [count] = useState(unread);
  const mark = useRef<number | undefined>(undefined);
  if (mark.current === undefined && status === 'ready' && !hasNewer && count > 0)
    mark.current = seqBefore(messages, count);
  return mark.current;
}

/** The Seq of the message before the last ones, of those that are stored. */
function seqBefore(messages: MessageFeed['messages'], count: number): number {
  const stored = messages.filter(({ state }) => state === 'stored');
  return stored.at(-count - 1)?.Seq ?? (stored[0]?.Seq ?? 1) - 1;
}

/** @returns the message to go to, and how to choose it. */
function useJump(feed: MessageFeed): readonly [wanted: string | undefined, jump: (to: Reply) => void] {
  const [wanted, setWanted] = useState<string>();
  const shown = useNewest(feed);
  const jump = useCallback(
    async ({ UUID, Seq }: Reply) => {
      setWanted(undefined);
      const { messages, openAt } = shown.current;
      if (!messages.some((message) => message.UUID === UUID)) await openAt(Seq);
      setWanted(UUID);
    },
    [shown],
  );
  return [wanted, jump];
}

function Closed() {
  return (
    <div className="messages-pane centred">
      <div className="blank">
        <p>This conversation is not open to you any more.</p>
      </div>
    </div>
  );
}

function NotLoaded({ reload }: { readonly reload: () => Promise<void> }) {
  return (
    <div className="blank">
      <p>The messages could not be loaded.</p>
      <Button onClick={() => void reload()}>Try again</Button>
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
