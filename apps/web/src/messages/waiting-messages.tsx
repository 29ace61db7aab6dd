import type { ShownMessage } from '@parley/react';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { PendingRow } from './pending-row.js';

interface WaitingProps {
  readonly messages: readonly ShownMessage[];
  /** Says why the others are not there. */
  readonly children: ReactNode;
}

/**
 * What the user has sent in a conversation whose messages are not loaded. It is a plain list: the one of all messages keeps its
 * place by those that are stored, and marks them read.
 */
export function WaitingMessages({ messages, children }: WaitingProps) {
  const list = useRef<HTMLElement>(null);
  const waiting = messages.filter(({ state }) => state !== 'stored');
  const newest = waiting.at(-1)?.key;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each message that is sent
  useLayoutEffect(() => {
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  }, [newest]);
  if (waiting.length === 0) return <div className="messages-pane centred">{children}</div>;
  return (
    <div className="messages-pane">
      <section
        className="messages"
        aria-label="Messages that are not sent yet"
        ref={list}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
      >
        <div className="centred">{children}</div>
        {waiting.map((message) => (
          <PendingRow key={message.key} message={message} />
        ))}
      </section>
    </div>
  );
}
