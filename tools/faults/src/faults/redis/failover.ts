import { setTimeout as pause } from 'node:timers/promises';
import { eventually, type OwnRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import type { MayLose } from '../../ledger/entries.js';

/** How a master fails. */
export type Failure = 'crash' | 'freeze';

/** Replication is asynchronous: a master that fails may not have passed on what it stored in this time, in ms. */
const UNREPLICATED_MS = 1_000;
/** How long a master that hung may still act as one when it wakes, in ms: until it learns of the new one. */
const MISTAKEN_MS = 1_000;

/** A master and its replica. Each failure swaps their roles. */
export class Pair {
  private readonly failedAt: number[] = [];
  private readonly wokeAt: number[] = [];

  constructor(private readonly servers: readonly [OwnRedis, OwnRedis]) {}

  /** Messages stored within a second of a failure, or by a former master that woke and handled what waited for it. */
  readonly mayLose: MayLose = ({ storedAt }) =>
    this.failedAt.some((failed) => Math.abs(storedAt - failed) < UNREPLICATED_MS) ||
    this.wokeAt.some((woke) => storedAt >= woke && storedAt < woke + MISTAKEN_MS);

  /** The current master fails. */
  async fail(how: Failure): Promise<void> {
    const master = this.servers[this.failedAt.length % 2]!;
    this.failedAt.push(Date.now());
    if (how === 'crash') await master.kill();
    else master.signal('SIGSTOP');
  }

  /** The master loses its replica, goes on without it for some milliseconds and crashes. The replica gets nothing of that. */
  async crashAlone(aloneMs: number): Promise<void> {
    const [replica, master] = this.formerAndMaster();
    replica.signal('SIGSTOP');
    const client = new Redis(master.url);
    await client.call('CLIENT', 'KILL', 'TYPE', 'replica');
    client.disconnect();
    await pause(aloneMs);
    await this.fail('crash');
    replica.signal('SIGCONT');
  }

  /** The server that failed comes back, and may still act as the master. */
  async wake(how: Failure): Promise<void> {
    const [former] = this.formerAndMaster();
    if (how === 'crash') {
      await former.restart();
      return;
    }
    this.wokeAt.push(Date.now());
    former.signal('SIGCONT');
  }

  /** The server that crashed comes back as soon as the other one is the master, and follows it. Resolves when it has every write. */
  async follow(): Promise<void> {
    const [former, master] = this.formerAndMaster();
    await eventually(() => reports(master, /role:master/), patience);
    await former.restart();
    const client = new Redis(former.url);
    await client.replicaof('127.0.0.1', master.port);
    client.disconnect();
    await this.isWhole();
  }

  /**
   * Resolves when the server that failed last, if any did, replicates the other and gets every write. Sentinel takes about
   * 10 s for that. A master sends no writes to a replica that has copied its data but not reported back, which it does once
   * a second.
   */
  async isWhole(): Promise<void> {
    if (this.failedAt.length === 0) return;
    const [former, master] = this.formerAndMaster();
    await eventually(() => reports(former, /role:slave[\s\S]*master_link_status:up/), patience);
    await eventually(() => reports(master, /role:master[\s\S]*slave0:[^\r]*state=online/), patience);
  }

  private formerAndMaster(): readonly [OwnRedis, OwnRedis] {
    const [one, other] = this.servers;
    return this.failedAt.length % 2 === 1 ? [one, other] : [other, one];
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
