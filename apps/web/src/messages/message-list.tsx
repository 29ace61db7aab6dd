import type { MessageFeed } from '@parley/react';
import { type KeyboardEvent, type MouseEvent, type RefObject, useEffect, useLayoutEffect } from 'react';
import { Virtualizer } from 'virtua';
import type { Conversation } from '../conversations/conversation.js';
import { IconButton } from '../design/button.js';
import { Spinner } from '../design/spinner.js';
import { useChat } from '../parley.js';
import { MessageRow } from './message-row.js';
import { PendingRow } from './pending-row.js';
import { nameOfDay, type Row } from './timeline.js';
import { type Scrolling, useScrolling } from './use-scrolling.js';

interface ListProps {
  readonly rows: readonly Row[];
  readonly feed: MessageFeed;
  readonly conversation: Conversation;
  /** The message to go to. */
  readonly wanted: string | undefined;
}

/** Of all messages that are held, only those on the screen and near it are elements of the page. */
export function MessageList({ rows, feed, conversation, wanted }: ListProps) {
  const scrolling = useScrolling(rows, feed);
  const isAtNewest = scrolling.isAtEnd && !feed.hasNewer;
  useLooking(conversation, isAtNewest);
  useWanted(rows, wanted, scrolling);
  return (
    <div className="messages-pane">
      {feed.isLoadingOlder && <Spinner label="Loading earlier messages" />}
      {/* biome-ignore lint/a11y/useSemanticElements: a section of its own would need a heading */}
      <div
        className="messages"
        role="region"
        aria-label="Messages. Up and down arrows go through them."
        ref={scrolling.scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        onKeyDown={(event) => walk(event, scrolling.scroller)}
      >
        <div className="messages-fill" />
        <Virtualizer
          ref={scrolling.list}
          shift={scrolling.isShifted}
          onScroll={scrolling.onScroll}
          onScrollEnd={scrolling.onScrollEnd}
        >
          {rows.map((row) => (
            <RowOf key={row.key} row={row} />
          ))}
        </Virtualizer>
      </div>
      {!isAtNewest && (
        <ToEnd
          conversation={conversation}
          toEnd={({ detail }) => {
            // The button goes away: a keyboard user goes on in the list.
            if (detail === 0) scrolling.scroller.current!.focus({ preventScroll: true });
            scrolling.toEnd();
          }}
        />
      )}
    </div>
  );
}

function RowOf({ row }: { readonly row: Row }) {
  switch (row.kind) {
    case 'day':
      return <div className="day">{nameOfDay(row.day)}</div>;
    case 'unread':
      return <div className="unread-mark">New</div>;
    case 'pending':
      return <PendingRow message={row.message} />;
    default:
      return <MessageRow message={row.message} isFirst={row.isFirst} />;
  }
}

function ToEnd({
  conversation: { unread },
  toEnd,
}: {
  readonly conversation: Conversation;
  readonly toEnd: (event: MouseEvent) => void;
}) {
  return (
    <div className="to-end">
      <IconButton
        icon="down"
        label={unread > 0 ? `To the newest message, ${unread} unread` : 'To the newest message'}
        onClick={toEnd}
      />
      {unread > 0 && <span className="badge">{unread}</span>}
    </div>
  );
}

/** Says that the user sees the newest message, as long as that is so. */
function useLooking({ key, newestSeq }: Conversation, isAtEnd: boolean): void {
  const { conversations } = useChat();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a message that comes is seen as well
  useEffect(() => {
    const look = () => conversations.look(isAtEnd ? key : undefined);
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      conversations.look(undefined);
    };
  }, [conversations, key, isAtEnd, newestSeq]);
}

/** Goes to a message as soon as it is among the rows. */
function useWanted(rows: readonly Row[], wanted: string | undefined, { list }: Scrolling): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each wish
  useLayoutEffect(() => {
    const index = rows.findIndex((row) => row.kind === 'message' && row.message.UUID === wanted);
    if (wanted !== undefined && index >= 0) list.current?.scrollToIndex(index, { align: 'center' });
  }, [wanted]);
}

/** The arrow keys go from message to message; from the list itself, to the newest. */
function walk(event: KeyboardEvent, scroller: RefObject<HTMLDivElement | null>): void {
  const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
  const focused = document.activeElement;
  const isOnMessage = focused instanceof HTMLElement && focused.matches('article, .messages');
  if (step === 0 || !isOnMessage) return;
  event.preventDefault();
  const articles = [...scroller.current!.querySelectorAll<HTMLElement>('article')];
  const at = articles.indexOf(focused);
  const next = at < 0 ? articles.at(-1) : articles[at + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
