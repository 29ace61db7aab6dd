import { Box, Text } from 'ink';
import { plainLine } from '../../output/plain-text.js';
import type { ChatState } from '../chat-state.js';

/** Who is signed in, and whether the server can be reached. */
export function Heading({ state, who }: { readonly state: ChatState; readonly who: string }) {
  const trouble = troubleIn(state);
  if (trouble !== undefined)
    return (
      <Text wrap="truncate" inverse color="yellow">
        {` ${trouble} `}
      </Text>
    );
  return (
    <Text wrap="truncate" dimColor>
      {who}
    </Text>
  );
}

function troubleIn({ connection, ending }: ChatState): string | undefined {
  if (ending !== undefined || connection === 'offline')
    return `Signed out: ${ending ?? 'the session has ended'}. Ctrl-C quits.`;
  return connection === 'connecting' ? 'The connection is lost. Reconnecting…' : undefined;
}

const someone = (names: readonly string[]): string =>
  names.length > 2
    ? `${names.length} people are writing…`
    : `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} writing…`;

/** Who is writing, or what went wrong. */
export function Activity({
  writers,
  notice,
}: {
  readonly writers: readonly string[];
  readonly notice?: string | undefined;
}) {
  if (notice !== undefined)
    return (
      <Text wrap="truncate" color="red">
        {notice}
      </Text>
    );
  return (
    <Text wrap="truncate" dimColor>
      {writers.length === 0 ? ' ' : someone(writers.map(plainLine))}
    </Text>
  );
}

/** The most useful keys, and whether newer messages lie below. */
export function Hints({ isAtEnd, unread }: { readonly isAtEnd: boolean; readonly unread: number }) {
  return (
    <Box>
      <Box flexGrow={1}>
        <Text wrap="truncate" dimColor>
          {isAtEnd ? '? help  Tab next  PgUp older  Ctrl-C quit' : 'PgDn newer  Esc newest  Ctrl-C quit'}
        </Text>
      </Box>
      <Text color="yellow">{unread > 0 ? `${unread} unread` : ''}</Text>
    </Box>
  );
}
