/** What a terminal sends for one key: an escape sequence, or a control character. Or a run of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what keys send
const KEYS = /\u001b?\u001b\[[0-9;?]*[@-~]|\u001bO.|\u001b[\P{Cc}\r]|\p{Cc}|\P{Cc}+/gsu;
/** A line break with text after it: somebody pastes. */
const LINES = /[\r\n]\P{Cc}/u;
const ESCAPE = '\u001b';

/**
 * The keys in what has come at once. A terminal sends those that are pressed quickly, or that wait while nobody reads, together. Several lines
 * are pasted, and stay together.
 */
export const keysIn = (chunk: string): string[] =>
  LINES.test(chunk) && !chunk.includes(ESCAPE) ? [chunk] : (chunk.match(KEYS) ?? []);

/** Standard input that gives Ink one key at a time: Ink takes what comes at once for one. */
export function keyInput(): NodeJS.ReadStream {
  const waiting: string[] = [];
  const { stdin } = process;
  const read = (): string | null => {
    if (waiting.length === 0) waiting.push(...keysIn(String(stdin.read() ?? '')));
    return waiting.shift() ?? null;
  };
  return new Proxy(stdin, {
    get(_, name) {
      if (name === 'read') return read;
      const value: unknown = Reflect.get(stdin, name);
      return typeof value === 'function' ? value.bind(stdin) : value;
    },
  });
}
