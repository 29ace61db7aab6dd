import { eventually, type OwnRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import type { MayLose } from '../ledger/entries.js';

/** How a master fails. */
export type Failure = 'crash' | 'freeze';

/** What replication, which is asynchronous, may not have passed on when a master fails: what it stored in this time, in ms. */
const UNREPLICATED_MS = 1_000;
/** How long one that hung may take itself for the master still when it wakes, in ms: until it hears of the other. */
const MISTAKEN_MS = 1_000;

/** A master and its replica that take turns: each failure makes the other one the master. */
export class Pair {
  private readonly failedAt: number[] = [];
  private readonly wokeAt: number[] = [];

  constructor(private readonly servers: readonly [OwnRedis, OwnRedis]) {}

  /** Stored within a second of a failure, or by a former master that had hung and took up what was waiting for it. */
  readonly mayLose: MayLose = ({ storedAt }) =>
    this.failedAt.some((failed) => Math.abs(storedAt - failed) < UNREPLICATED_MS) ||
    this.wokeAt.some((woke) => storedAt >= woke && storedAt < woke + MISTAKEN_MS);

  /** The master of that time fails. */
  async fail(time: number, how: Failure): Promise<void> {
    const master = this.servers[time % 2]!;
    this.failedAt.push(Date.now());
    if (how === 'crash') await master.kill();
    else master.signal('SIGSTOP');
  }

  /** The one that failed comes back, and may still take itself for the master. */
  async wake(time: number, how: Failure): Promise<void> {
    const former = this.servers[time % 2]!;
    if (how === 'crash') {
      await former.restart();
      return;
    }
    this.wokeAt.push(Date.now());
    former.signal('SIGCONT');
  }

  /**
   * Resolves when the one that failed at that time is the other one's replica, which takes Sentinel some 10 s, and gets
   * every write: a master sends none to a replica that has copied its data and not yet reported back, once a second.
   */
  async isWhole(time: number): Promise<void> {
    const [former, master] = [this.servers[time % 2]!, this.servers[(time + 1) % 2]!];
    await eventually(() => reports(former, /role:slave[\s\S]*master_link_status:up/), patience);
    await eventually(() => reports(master, /role:master[\s\S]*slave0:[^\r]*state=online/), patience);
  }
}

const patience = { timeoutMs: 60_000, everyMs: 100 };

async function reports({ url }: OwnRedis, state: RegExp): Promise<boolean> {
  const client = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined); // `info` rejects with it
  try {
    return state.test(await client.info('replication'));
  } finally {
    client.disconnect();
  }
}
