import { Box, Text } from 'ink';
import { KEYS, WRITTEN } from '../keys.js';

const WIDTH = 26;

/** What the keys do. It fits a screen of 80 columns and 24 rows. */
export function Help({ rows }: { readonly rows: number }) {
  const all = [...KEYS, ...WRITTEN];
  return (
    <Box flexDirection="column" height={rows} overflow="hidden">
      <Text bold>Keys</Text>
      {all.map(([key, does]) => (
        <Text key={key} wrap="truncate">
          <Text color="cyan">{key.padEnd(WIDTH)}</Text>
          {does}
        </Text>
      ))}
      <Text> </Text>
      <Text dimColor>Any key closes this.</Text>
    </Box>
  );
}
