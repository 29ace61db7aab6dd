import type { Found } from '../wire/found.js';

/** What one thread knows of a stream's log. */
interface Log {
  epoch: string | undefined;
  /** The epochs before it end here. */
  from: number;
  /** Epochs that the log has had, and each end of one that was heard of. */
  readonly known: Set<string>;
  /** The newest number that was delivered or acknowledged. */
  newest: number;
  /** The message at each number, where kept. */
  readonly entries: Map<number, Message>;
}

/** A message by its sender and its number. */
type Message = number;

/** A sender has fewer messages than this. */
const NUMBERS = 2 ** 32;
const messageOf = (sender: number, number: number): Message => sender * NUMBERS + number;
const named = (message: Message): string =>
  `message ${message % NUMBERS} of sender ${Math.floor(message / NUMBERS)}`;

/** The messages of a thread's senders whose place in the logs is not as it should be, for people. */
export interface Misplaced {
  /** Acknowledged, and not in a log. */
  readonly vanished: readonly string[];
  /** In a log more than once. */
  readonly repeated: readonly string[];
}

/**
 * The logs of the streams, as one thread sees them, over all epochs. A fail-over may take the end of a log, also messages that
 * were acknowledged. The numbers then stand for other messages, and only a record of which message had which number shows what
 * is gone. The record takes about 100 bytes for each message of the thread's own senders, and is kept only where asked for.
 */
export class Logs {
  private readonly logs = new Map<number, Log>();
  private readonly acknowledged = new Set<Message>();

  constructor(private readonly keeps: boolean) {}

  /** A connection follows the log in this epoch. Where the log ends is not known. */
  enter(stream: number, epoch: string): void {
    const log = this.logOf(stream);
    if (log.known.has(epoch)) return;
    log.known.add(epoch);
    log.epoch = epoch;
  }

  /** A connection has heard that the log goes on after `from` in this epoch. Each such end counts once. */
  goOn(stream: number, epoch: string, from: number): void {
    const log = this.logOf(stream);
    const end = `${epoch} after ${from}`;
    const isOld = log.known.has(epoch) && log.epoch !== epoch;
    if (isOld || log.known.has(end)) return;
    log.known.add(epoch).add(end);
    [log.epoch, log.from] = [epoch, from];
    for (let seq = log.newest; seq > from; seq -= 1) log.entries.delete(seq);
    log.newest = Math.min(log.newest, from);
  }

  /** A connection that is in this epoch has heard that a message of one of the thread's senders has this place. */
  hear({ stream, seq, sender, number }: Omit<Found, 'origin' | 'due'>, epoch: string | undefined): void {
    const log = this.logOf(stream);
    // An earlier epoch's numbers beyond its end stand for other messages now.
    if (epoch !== log.epoch && seq > log.from) return;
    if (this.keeps) log.entries.set(seq, messageOf(sender, number));
    log.newest = Math.max(log.newest, seq);
  }

  acknowledge(sender: number, number: number): void {
    if (this.keeps) this.acknowledged.add(messageOf(sender, number));
  }

  /** The stream has got as far as `seq`. */
  note(stream: number, seq: number): void {
    const log = this.logOf(stream);
    log.newest = Math.max(log.newest, seq);
  }

  /** The newest number of each stream, as pairs. */
  newest(): [stream: number, seq: number][] {
    return [...this.logs].map(([stream, { newest }]) => [stream, newest]);
  }

  /** What is misplaced since the last call. */
  settle(): Misplaced {
    const seen = new Set<Message>();
    const repeated: Message[] = [];
    for (const { entries } of this.logs.values()) {
      for (const message of entries.values()) {
        if (seen.has(message)) repeated.push(message);
        seen.add(message);
      }
      entries.clear();
    }
    const vanished = [...this.acknowledged].filter((message) => !seen.has(message));
    this.acknowledged.clear();
    return { vanished: vanished.map(named), repeated: repeated.map(named) };
  }

  private logOf(stream: number): Log {
    const log = this.logs.get(stream) ?? {
      epoch: undefined,
      from: -1,
      known: new Set(),
      newest: -1,
      entries: new Map(),
    };
    this.logs.set(stream, log);
    return log;
  }
}
