import { Box, Text } from 'ink';
import type { Line } from '../message-lines.js';

/** Lines of the screen, as they are. */
export function Lines({ lines }: { readonly lines: readonly Line[] }) {
  return (
    <Box flexDirection="column">
      {lines.map(({ key, spans }) => (
        <Text key={key} wrap="truncate">
          {spans.map(({ text, color, isBold, isDim }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: spans of a line have no other name, and never move
            <Text key={index} {...(color && { color })} bold={isBold ?? false} dimColor={isDim ?? false}>
              {text}
            </Text>
          ))}
          {spans.every(({ text }) => text === '') ? ' ' : ''}
        </Text>
      ))}
    </Box>
  );
}
