import { useSyncExternalStore } from 'react';

/** What a terminal is taken for that does not say how large it is. */
const USUAL = { columns: 80, rows: 24 };
const CLEAR = '\u001b[H\u001b[2J';

const { stdout } = process;

function whenResized(listener: () => void): () => void {
  const resized = () => {
    // What a terminal makes of a drawing for another size is anybody's guess.
    stdout.write(CLEAR);
    listener();
  };
  stdout.on('resize', resized);
  return () => stdout.off('resize', resized);
}

const size = (): string => `${stdout.columns || USUAL.columns} ${stdout.rows || USUAL.rows}`;

/** The size of the terminal, which follows the window. */
export function useSize(): { readonly columns: number; readonly rows: number } {
  const [columns = USUAL.columns, rows = USUAL.rows] = useSyncExternalStore(whenResized, size)
    .split(' ')
    .map(Number);
  return { columns, rows };
}
