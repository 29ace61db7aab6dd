import { Box, Text } from 'ink';
import type { DraftRow } from '../draft-rows.js';

/** Stands before the draft. */
const PROMPT = '> ';

/** How many columns a draft has. */
export const draftColumns = (columns: number): number => Math.max(columns - PROMPT.length, 1);

/** Where the next message is written. The cursor is a character in reverse, which is seen in any terminal. */
export function Composer({ rows }: { readonly rows: readonly DraftRow[] }) {
  return (
    <Box flexDirection="column">
      {rows.map(({ before, cursor, after }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has no other name
        <Text key={index} wrap="truncate">
          <Text color="cyan">{index === 0 ? PROMPT : ' '.repeat(PROMPT.length)}</Text>
          {before}
          <Text inverse>{cursor}</Text>
          {after}
        </Text>
      ))}
    </Box>
  );
}
