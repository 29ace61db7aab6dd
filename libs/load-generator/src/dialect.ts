import type { Seat } from './seating.js';
import type { Stamp } from './stamp.js';
import type { Classifier } from './wire/found.js';
import type { Line, LineDialect } from './wire/line.js';

/**
 * How a kind of server is spoken to. One instance serves all connections of a thread: `classify` is called once for each
 * frame that differs from what other connections got, everything else once per connection.
 */
export interface Dialect extends Classifier, LineDialect {
  /**
   * Who numbers the messages. `server`: each room is a stream, and `seq` the server's own number. `sender`: each sender
   * is a stream, and `seq` the stamp's number.
   */
  readonly numbering: 'server' | 'sender';
  /** Runs once, in the process that leads: accounts and such. What it resolves with goes to `adopt` in every thread. */
  prepare?(needs: Needs): Promise<unknown>;
  adopt?(prepared: unknown): void;
  /** Signs a new connection in and joins its room. Calls `line.begins` the moment that messages are due to it. */
  enter(line: Line, seat: Seat): Promise<void>;
  /** As `enter`, after a cut: continues where `line.account` stands, if the server can; else it is `enter` again. */
  reenter?(line: Line, seat: Seat): Promise<void>;
  /** Signs out, for runs in which users come and go. */
  leave?(line: Line, seat: Seat): Promise<void>;
  /** The payload of a text frame that posts `text` (JSON-safe, with the stamp in it) to the seat's room. */
  message(seat: Seat, text: string, stamp: Stamp): string;
}

/** What a run needs to be prepared. */
export interface Needs {
  readonly urls: readonly string[];
  /** How many users there have to be. */
  readonly accounts: number;
  /** Tells a person how far it is. */
  readonly report: (line: string) => void;
}

/** Where a thread finds a dialect: a module whose default export makes one of the options, which are cloned. */
export interface DialectSource {
  /** URL of the module, as `import.meta.resolve` or `new URL(…, import.meta.url).href` gives it. */
  readonly module: string;
  readonly options?: unknown;
}

/** Makes the dialect; throws when the module has no default export. */
export async function loadDialect({ module, options }: DialectSource): Promise<Dialect> {
  const { default: make } = (await import(module)) as { default?: (options: unknown) => Dialect };
  if (make === undefined) throw new Error(`${module} has no default export that makes a dialect`);
  return make(options);
}
