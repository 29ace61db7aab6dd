import type { Seat } from './crew/seating.js';
import type { Stamp } from './stamp.js';
import type { Line } from './wire/line.js';

/** What a frame of a server is to the generator. */
export const KINDS = {
  /** Nothing that anybody waits for. */
  ignored: 0,
  /** A message that was sent by some sender; looks the same on every connection. */
  delivery: 1,
  /** Something for this one connection: goes to whoever waits for it, else to {@link Dialect.receive}. */
  personal: 2,
} as const;

export type Kind = (typeof KINDS)[keyof typeof KINDS];

/** What was read out of a delivery. */
export interface Found extends Stamp {
  /** What the numbers count: a room where the server numbers, a sender where the senders do. */
  stream: number;
  /** The message's number in its stream: without holes, from one that the connection was told when it entered. */
  seq: number;
}

/**
 * How a kind of server is spoken to. One instance serves all connections of a thread: `classify` is called once for each
 * frame that differs from what other connections got, everything else once per connection.
 */
export interface Dialect {
  /**
   * Who numbers the messages. `server`: each room is a stream, and `seq` the server's own number. `sender`: each sender
   * is a stream, and `seq` the stamp's number.
   */
  readonly numbering: 'server' | 'sender';
  /** Path and query of the upgrade; those of the URL by default. */
  path?(url: URL): string;
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
  /** Tells what the payload `bytes[start, end)` is, and fills `found` for a delivery. Must keep nothing of `bytes`. */
  classify(bytes: Buffer, start: number, end: number, found: Found): Kind;
  /** A personal frame that nobody waited for: an acknowledgement (`line.acknowledged`), an error (`line.refused`), a ping. */
  receive?(line: Line, payload: string): void;
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
