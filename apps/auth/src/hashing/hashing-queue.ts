import { AppError } from '@parley/protocol';
import { LRUCache } from 'lru-cache';
import { waitingHashings } from '../metrics.js';
import { HashingLane, type NameTurns } from './hashing-lane.js';
import { type HashingClient, Later, type WaitingHashing } from './waiting-hashing.js';

/** How many hashings a replica accepts, and for how long one waits, in milliseconds. */
export interface HashingBounds {
  readonly atOnce: number;
  readonly waiting: number;
  readonly patienceMs: number;
}

/** How soon a refused sign-in may try again, in milliseconds: half of a queue of the default length is done by then. */
const RETRY_AFTER_MS = 2_000;
/** One of so many turns goes to the hashing that has waited longest: nobody waits for ever. */
const LONGEST_WAITING_EVERY = 4;
/** So many hashings a minute of one user at one network come before those of strangers. More would let one account shut out newcomers. */
const FIRST_PER_MINUTE = 10;
/** Pairs of user and network that are remembered for that: about 200 bytes each. */
export const PAIRS_REMEMBERED = 10_000;
/** Puts strangers after all known users: more than any network can have spent. */
const AFTER_THE_KNOWN = 1e12;

/** How often it is looked for what has waited too long, within that time. */
const LOOKS_PER_PATIENCE = 20;

interface Turn {
  readonly lane: HashingLane;
  readonly turns: NameTurns;
  readonly hashing: WaitingHashing;
}

/**
 * Runs a few hashings at a time and lets a bounded number wait. Each takes a core for tens of milliseconds and a thread of
 * libuv's pool: without a bound, a wave of sign-ins would hold up everything else.
 *
 * Users who have signed in from the same network before come first. Among equals, the network that has used the least
 * hashing time lately comes first, and within a network the usernames take turns. So one address delays itself, and not
 * the others. When too many wait, the network with the most gives way.
 */
export class HashingQueue {
  private readonly lanes = new Map<string, HashingLane>();
  private readonly firsts = new LRUCache<string, number>({ max: PAIRS_REMEMBERED, ttl: 60_000 });
  private running = 0;
  private waiting = 0;
  private turns = 0;
  private isWatching = false;

  constructor(private readonly bounds: HashingBounds) {}

  /**
   * Runs `hashing` when its turn comes, and again while it returns {@link Later}.
   * @throws AppError OVERLOADED, at once when too many wait, or when it has waited for too long; the error of `Later`, if it
   * waited for that.
   */
  run<T>(client: HashingClient, hashing: () => Promise<T | Later>): Promise<T> {
    return new Promise((resolve, reject) => {
      const now = performance.now();
      const run = async () => {
        try {
          const result = await hashing();
          if (result instanceof Later) return result;
          resolve(result);
        } catch (error) {
          reject(error);
        }
        return undefined;
      };
      const refuse = (error: AppError | undefined) => reject(error ?? overloaded());
      this.enter({ client, since: now, readyAt: now, error: undefined, run, refuse });
    });
  }

  /** Runs `hashing` if nothing runs or waits, for work that can be done another time. */
  async runIfIdle(hashing: () => Promise<void>): Promise<void> {
    if (this.running > 0 || this.waiting > 0) return;
    this.running += 1;
    try {
      await hashing();
    } finally {
      this.running -= 1;
      this.startNext();
    }
  }

  private enter(hashing: WaitingHashing): void {
    const { atOnce, waiting } = this.bounds;
    const isFull = this.running + this.waiting >= atOnce + waiting;
    if (isFull && !this.makeRoom(hashing)) {
      hashing.refuse(undefined);
      return;
    }
    const lane = this.laneOf(hashing.client);
    lane.spentMs = hashing.client.spentMs;
    (this.isFirst(hashing.client) ? lane.known : lane.others).add(hashing);
    this.count(1);
    this.startNext();
  }

  /** Lets another hashing give way to `hashing`. Returns false if it has no better claim than those that wait. */
  private makeRoom({ client }: WaitingHashing): boolean {
    const lanes = [...this.lanes.values()];
    const own = this.lanes.get(client.network);
    const fullest = mostOf(lanes, ({ size }) => size);
    if (fullest && fullest.size > (own?.size ?? 0) + 1) return this.giveWay(fullest);
    // A network whose known users fill a quarter of the queue has had its share.
    if (!client.isKnown || (own?.known.size ?? 0) * 4 >= this.bounds.waiting) return false;
    const strangest = mostOf(lanes, ({ others }) => others.size);
    return strangest !== undefined && strangest.others.size > 0 && this.giveWay(strangest);
  }

  private giveWay(lane: HashingLane): boolean {
    const turns = lane.others.size > 0 ? lane.others : lane.known;
    const newest = turns.takeNewest();
    if (newest === undefined) return false;
    turns.refuse(newest);
    this.count(-1);
    return true;
  }

  private startNext(): void {
    const now = performance.now();
    while (this.running < this.bounds.atOnce) {
      const turn = this.nextTurn(now);
      if (turn === undefined) break;
      turn.turns.take(turn.hashing);
      this.count(-1);
      void this.start(turn);
    }
    this.watch();
  }

  private async start({ lane, turns, hashing }: Turn): Promise<void> {
    this.running += 1;
    const start = performance.now();
    const result = await hashing.run();
    this.running -= 1;
    // What the next request of the network brings includes this. Those that wait already do not know it.
    lane.spentMs += performance.now() - start;
    if (result !== undefined) this.putBack(hashing, turns === lane.known, result);
    else this.forgetEmpty(hashing.client.network);
    this.startNext();
  }

  private putBack(hashing: WaitingHashing, isFirst: boolean, later: Later): void {
    const lane = this.laneOf(hashing.client);
    const turns = isFirst ? lane.known : lane.others;
    const now = performance.now();
    hashing.error = later.error;
    hashing.readyAt = now + later.delayMs;
    turns.putBack(hashing);
    if (later.holds === 'network') turns.hold(hashing.readyAt, later);
    this.count(1);
    setTimeout(() => this.startNext(), Math.max(1, Math.ceil(later.delayMs))).unref();
  }

  /** Looks for what has waited too long, as long as anything waits: nothing else may happen meanwhile. */
  private watch(): void {
    if (this.isWatching || this.waiting === 0) return;
    this.isWatching = true;
    const look = () => {
      this.isWatching = false;
      this.refuseOlder(performance.now() - this.bounds.patienceMs);
      this.startNext();
    };
    setTimeout(look, Math.max(1, this.bounds.patienceMs / LOOKS_PER_PATIENCE)).unref();
  }

  private nextTurn(now: number): Turn | undefined {
    const ready = [...this.lanes.values()].flatMap((lane) =>
      [lane.known, lane.others].flatMap((turns) => {
        const hashing = turns.next(now);
        return hashing ? [{ lane, turns, hashing }] : [];
      }),
    );
    if (ready.length === 0) return undefined;
    this.turns += 1;
    if (this.turns % LONGEST_WAITING_EVERY === 0) return leastOf(ready, ({ hashing }) => hashing.since);
    return leastOf(ready, ({ lane, turns }) => lane.spentMs + (turns === lane.known ? 0 : AFTER_THE_KNOWN));
  }

  /** Their clients have stopped waiting, or will have when the hashing ends. */
  private refuseOlder(time: number): void {
    for (const [network, lane] of this.lanes) {
      for (const turns of [lane.known, lane.others]) {
        for (const hashing of turns.takeOlder(time)) {
          this.count(-1);
          turns.refuse(hashing);
        }
      }
      this.forgetEmpty(network);
    }
  }

  private laneOf({ network }: HashingClient): HashingLane {
    const lane = this.lanes.get(network) ?? new HashingLane();
    this.lanes.set(network, lane);
    return lane;
  }

  private forgetEmpty(network: string): void {
    if (this.lanes.get(network)?.size === 0) this.lanes.delete(network);
  }

  private isFirst({ isKnown, network, name }: HashingClient): boolean {
    if (!isKnown) return false;
    const pair = `${network} ${name}`;
    const times = this.firsts.get(pair) ?? 0;
    // Without a new time to live: the minute begins with the first.
    this.firsts.set(pair, times + 1, { noUpdateTTL: true });
    return times < FIRST_PER_MINUTE;
  }

  private count(change: number): void {
    this.waiting += change;
    waitingHashings.set(this.waiting);
  }
}

const overloaded = () => new AppError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS });

const leastOf = <T>(items: readonly T[], by: (item: T) => number): T | undefined =>
  items.reduce<T | undefined>((least, item) => (least && by(least) <= by(item) ? least : item), undefined);

const mostOf = <T>(items: readonly T[], by: (item: T) => number): T | undefined =>
  leastOf(items, (item) => -by(item));
