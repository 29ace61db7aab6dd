import type { Seat } from './seating.js';
import type { Stamp } from './stamp.js';
import type { Classifier } from './wire/found.js';
import type { Line, LineDialect } from './wire/line.js';

/**
 * Speaks with one kind of server. One instance serves all connections of a thread: `classify` is called once for each frame
 * that differs from what other connections got, everything else once per connection.
 */
export interface Dialect extends Classifier, LineDialect {
  /**
   * Who numbers the messages. `server`: each room is a stream, and `seq` the server's own number. `sender`: each sender
   * is a stream, and `seq` the stamp's number.
   */
  readonly numbering: 'server' | 'sender';
  /** Runs once, in the main thread, for accounts and the like. Its result goes to `adopt` in every thread. */
  prepare?(needs: Needs): Promise<unknown>;
  adopt?(prepared: unknown): void;
  /** Signs a new connection in and joins its room. Calls `line.begins` at the moment from which messages are due to it. */
  enter(line: Line, seat: Seat): Promise<void>;
  /**
   * As `enter`, after a cut: continues from `line.account` if the server can, and otherwise calls `line.reloads`. By default,
   * `enter` is called again.
   */
  reenter?(line: Line, seat: Seat): Promise<void>;
  /** Signs out, for runs in which users come and go. */
  leave?(line: Line, seat: Seat): Promise<void>;
  /** The payload of a text frame that posts `text` (JSON-safe, with the stamp in it) to the seat's room. */
  message(seat: Seat, text: string, stamp: Stamp): string;
}

/** What `prepare` gets. */
export interface Needs {
  readonly urls: readonly string[];
  /** How many users are needed. */
  readonly accounts: number;
  /** Prints progress. */
  readonly report: (line: string) => void;
}

/** Where a thread finds a dialect: a module whose default export makes one from the options, which are cloned. */
export interface DialectSource {
  /** URL of the module, as `import.meta.resolve` or `new URL(…, import.meta.url).href` gives it. */
  readonly module: string;
  readonly options?: unknown;
}

/** Makes the dialect. Throws when the module has no default export. */
export async function loadDialect({ module, options }: DialectSource): Promise<Dialect> {
  const { default: make } = (await import(module)) as { default?: (options: unknown) => Dialect };
  if (make === undefined) throw new Error(`${module} has no default export that makes a dialect`);
  return make(options);
}
