import { setTimeout as delay } from 'node:timers/promises';
import type { Dialect } from '../dialect.js';
import type { Account } from '../measuring/account.js';
import type { Clock } from '../measuring/clock.js';
import type { LatencyCounts } from '../measuring/latency-counts.js';
import type { Line } from '../wire/line.js';
import type { Timetable } from './schedule.js';

/** What visits need of their thread. */
export interface VisitOptions {
  readonly clock: Clock;
  readonly dialect: Dialect;
  readonly timetable: Timetable;
  /** Visits per second over all threads. */
  readonly perSecond: number;
  /** All visitors, over all threads. */
  readonly visitors: number;
  /** A new connection for a visitor of this thread; undefined for another thread's visitor. */
  lineOf(visitor: number): Line | undefined;
  /** From when a visit was due until its user had signed in and joined. */
  readonly entries: LatencyCounts;
  onFailed(reason: string): void;
  /** Called at the end of a visit, with what came during it. */
  onOver(account: Account): void;
}

/**
 * Visits by a timetable: a user connects, signs in, joins, signs out and disconnects. A visit waits while its visitor is busy
 * with the one before, and the wait counts.
 */
export async function makeVisits(options: VisitOptions): Promise<void> {
  const own = Array.from({ length: options.visitors }, (_, visitor) => visitor).filter(
    (visitor) => options.lineOf(visitor) !== undefined,
  );
  await Promise.all(own.map((visitor) => comeAndGo(options, visitor)));
}

async function comeAndGo(options: VisitOptions, visitor: number): Promise<void> {
  const { timetable, perSecond, visitors, clock } = options;
  for (let round = 0; ; round += 1) {
    const due = timetable.from + ((round * visitors + visitor) * 1e6) / perSecond;
    if (due >= timetable.until || clock.now() >= timetable.until) return;
    await delay(Math.max(0, (due - clock.now()) / 1_000));
    await visit(options, options.lineOf(visitor)!, due);
  }
}

async function visit({ clock, dialect, entries, onFailed, onOver }: VisitOptions, line: Line, due: number) {
  try {
    await line.open();
    await dialect.enter(line, line.seat);
    entries.record(clock.now() - due);
    await dialect.leave?.(line, line.seat);
  } catch (error) {
    onFailed((error as Error).message);
  }
  line.end();
  onOver(line.account);
}
