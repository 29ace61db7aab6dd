import { atEndOfTurn } from '../pacing/end-of-turn.js';
import type { Connection } from '../socket/connection.js';
import { textFrame } from '../socket/text-frame.js';

/** Something with frames for many sockets. */
export interface Sender {
  /** Hands the sockets what is due to them. */
  flush(): void;
}

/**
 * How many times as long as a turn's writes took its members rest before the next: a crowd takes a ninth of the process at
 * most while its turns can still grow. Measured in docs/decisions/0012-one-buffer-per-turn.md.
 */
const REST = 8;
/** No rest is longer, in milliseconds: what nobody notices in a crowd that talks. */
const MOST_REST_MS = 75;

/**
 * Says when frames leave that are due to many sockets: once per turn of the event loop. A delivery costs what its
 * system call costs, so that everything that comes within one turn goes in one; under load the turns grow by themselves,
 * and the cost of a delivery falls. With a tick frames wait for up to so long, and the turns are that long at least.
 */
export class Pace {
  private senders: Sender[] = [];

  /**
   * @param tickMs milliseconds for which frames are collected; 0: until the turn ends.
   * @param rest how many times as long as the writes took the rest after them is.
   */
  constructor(
    private readonly tickMs = 0,
    private readonly rest = REST,
  ) {}

  /** How long those rest whose writes took so long, both in milliseconds. */
  restAfter(writesMs: number): number {
    return Math.min(MOST_REST_MS, writesMs * this.rest);
  }

  /**
   * The sender has something to flush.
   * @param restMs milliseconds for which it waits on its own instead, where that is longer than a turn. Timers tell no
   *   less than one apart.
   */
  add(sender: Sender, restMs = 0): void {
    if (restMs >= 1 && restMs > this.tickMs) setTimeout(() => sender.flush(), restMs);
    else if (this.senders.push(sender) > 1) return;
    else if (this.tickMs === 0) atEndOfTurn(() => this.flush());
    else setTimeout(() => this.flush(), this.tickMs);
  }

  /** Flushes whoever was added. */
  flush(): void {
    const { senders } = this;
    this.senders = [];
    for (const sender of senders) sender.flush();
  }
}

/** A frame to connections, but for one that has been told in another way. */
export interface Announcement {
  readonly json: Buffer;
  readonly exceptId?: string | undefined;
}

/** Delivers frames to connections, with one write to each. */
export function fanOutToAll(announced: readonly Announcement[], connections: Iterable<Connection>): void {
  const frames = announced.map(({ json }) => textFrame(json));
  const all = Buffer.concat(frames);
  const excepted = new Set(announced.map(({ exceptId }) => exceptId));
  for (const connection of connections) {
    const { id } = connection;
    const own = excepted.has(id)
      ? Buffer.concat(frames.filter((_, n) => announced[n]!.exceptId !== id))
      : all;
    if (own.length > 0) connection.write(own);
  }
}
