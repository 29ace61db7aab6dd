import { Box, Text, useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { plainLine } from '../../output/plain-text.js';
import type { StoredSession } from '../../session/credentials.js';
import type { Server } from '../../session/server.js';
import { activeOf, type ChatState, unreadIn, writersIn } from '../chat-state.js';
import type { ChatStore } from '../chat-store.js';
import type { Controls } from '../controls.js';
import { allRows, rowsAtCursor } from '../draft-rows.js';
import { allLines, type Line } from '../message-lines.js';
import { type View, viewOf } from '../view.js';
import { Activity, Heading, Hints } from './bars.js';
import { Composer, draftColumns } from './composer.js';
import { ConversationList } from './conversation-list.js';
import { Help } from './help.js';
import { type Layout, layoutOf } from './layout.js';
import { Lines } from './lines.js';
import { useSize } from './use-size.js';

interface Props {
  readonly store: ChatStore;
  readonly controls: Controls;
  readonly me: StoredSession;
  readonly server: Server;
}

/** The full screen. */
export function App({ store, controls, me, server }: Props) {
  const { columns, rows } = useSize();
  const state = useSyncExternalStore(store.subscribe, store.snapshot);
  const { anchor, isHelp } = useSyncExternalStore(controls.subscribe, controls.snapshot);
  useInput((input, key) => controls.press(input, key));

  const written = allRows(controls.draft, draftColumns(columns));
  const layout = layoutOf(columns, rows, written.length);
  const pending = state.pending.filter(({ conversationId }) => conversationId === state.activeId);
  const lines = allLines(state.messages, pending, layout.messageColumns);
  controls.shows({ lines, messageRows: layout.messageRows });
  const view = viewOf(lines, anchor, layout.messageRows);
  const who = `${activeOf(state).title}   ${plainLine(me.username)} at ${server.url}`;

  return (
    <Box flexDirection="column" width={columns} height={layout.rows} overflow="hidden">
      <Heading state={state} who={who} />
      {isHelp ? <Help rows={layout.messageRows} /> : <Middle state={state} layout={layout} view={view} />}
      <Activity writers={writersIn(state)} notice={state.notice} />
      <Composer rows={rowsAtCursor(written, layout.draftRows)} />
      <Hints isAtEnd={view.isAtEnd} unread={unreadIn(state)} />
    </Box>
  );
}

interface MiddleProps {
  readonly state: ChatState;
  readonly layout: Layout;
  readonly view: View;
}

function Middle({ state, layout, view }: MiddleProps) {
  const { listColumns, messageColumns, messageRows } = layout;
  const { conversations, activeId } = state;
  return (
    <Box height={messageRows}>
      {listColumns > 0 && (
        <ConversationList
          conversations={conversations}
          activeId={activeId}
          columns={listColumns}
          rows={messageRows}
        />
      )}
      <Box flexDirection="column" width={messageColumns} height={messageRows} justifyContent="flex-end">
        <Messages state={state} lines={view.lines} />
      </Box>
    </Box>
  );
}

function Messages({ state, lines }: { readonly state: ChatState; readonly lines: readonly Line[] }) {
  if (lines.length > 0) return <Lines lines={lines} />;
  return <Text dimColor>{state.isLoading ? 'Loading…' : 'Nothing has been written here yet.'}</Text>;
}
