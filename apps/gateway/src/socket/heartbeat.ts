import { Injectable } from '@nestjs/common';
import { CLOSE_CODES } from '@parley/protocol';
import { wakingNow } from '../pacing/waking-clock.js';
import type { Connection } from './connection.js';

/** Seconds between two pings to one connection, and seconds without a pong after which it is closed (docs/protocol.md). */
const PING_EVERY_SECONDS = 25;
const SILENCE_SECONDS = 60;
const TICK_MS = 1_000;

/**
 * One timer wheel for all connections, with a slot per second of the ping interval. Each tick pings one slot, so that the
 * pings spread evenly, and closes the connections that have been silent for too long. A gateway that was
 * stalled has heard nobody: its clock stood still, and its clients have that time again.
 */
@Injectable()
export class Heartbeat {
  private readonly slots = Array.from({ length: PING_EVERY_SECONDS }, () => new Set<Connection>());
  private due = 0;
  private timer: NodeJS.Timeout | undefined;

  start(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Watches a connection. Its first ping is due after a whole interval. */
  add(connection: Connection): void {
    const last = (this.due + PING_EVERY_SECONDS - 1) % PING_EVERY_SECONDS;
    this.slots[last]!.add(connection);
  }

  remove(connection: Connection): void {
    for (const slot of this.slots) if (slot.delete(connection)) return;
  }

  /** One second has passed. @param now milliseconds of the clock of {@link Connection.lastPong}. */
  tick(now = wakingNow()): void {
    for (const connection of this.slots[this.due]!) connection.ping();
    this.due = (this.due + 1) % PING_EVERY_SECONDS;
    // Every connection each second: fifty thousand comparisons cost less than a millisecond.
    for (const slot of this.slots) for (const connection of slot) closeWhenSilent(connection, now);
  }
}

function closeWhenSilent(connection: Connection, now: number): void {
  // A socket that is not read because its queue is full cannot show that it is alive.
  if (connection.isPaused || now - connection.lastPong < SILENCE_SECONDS * 1_000) return;
  connection.close(CLOSE_CODES.HEARTBEAT_LOST, 'no pong');
}
