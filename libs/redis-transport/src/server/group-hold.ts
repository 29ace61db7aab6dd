import type { KeyClaim } from '../redis/claim-keys.js';
import { removeSilentConsumers } from '../redis/leave-group.js';
import { type RenewHold, renewHold } from '../redis/renew-hold.js';
import { type TakenEntry, takeOver } from '../redis/take-over.js';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';

/** Renewals within the time after which a silent replica counts as dead; two may be lost. */
const RENEWALS = 3;
/** Checks for silent replicas within that time. */
const LOOKS = 6;
/** The most entries that one check looks at. */
const TAKE_MAX = 64;
/** For how many times `takeOverAfterMs` a last try keeps others from beginning. A handler that never ends would do so for ever. */
const LAST_TRY_ALONE = 10;
/** How often (ms) the consumers of replicas that are long gone are removed. */
const FORGET_EVERY_MS = 60_000;

export interface GroupHoldOptions {
  link: RedisLink;
  stream: string;
  /** See take-over.lua. */
  partial: string;
  group: string;
  consumer: string;
  takeOverAfterMs: number;
  maxTries: number;
  forgetReplicaAfterMs: number;
  /** This replica's claims on idempotency keys. */
  claims?: () => KeyClaim[];
  /** Called with those that another replica has taken over. */
  onClaimsLost?: (claims: RenewHold['claims']) => void;
  /** How many entries may be taken over now. */
  capacity: () => number;
  /** Called with an entry that was taken over and is not in hand already. If it throws, the entry is no longer in hand. */
  onTaken: (entry: TakenEntry) => void;
  /** Called with the number of entries that silent replicas had in hand and that the stream no longer holds. */
  onGone?: (count: number) => void;
  /** Called at every renewal. */
  onTick: () => void;
  onError: (error: unknown) => void;
}

/**
 * The entries of a stream that one replica has in hand. It renews its hold on them in time, and takes over the entries of
 * silent replicas.
 *
 * After a (re)connection it takes nothing over for `takeOverAfterMs`: if Redis itself was away, every replica was silent,
 * and each gets that time to show that it is alive.
 */
export class GroupHold {
  private readonly held = new Map<string, number>();
  private readonly timers: NodeJS.Timeout[] = [];
  private readySince = Number.POSITIVE_INFINITY;
  private isLooking = false;
  private mayLook = true;
  private lastTryId?: string;
  private lastTryUntil = 0;
  /** When the last renewal was over. */
  private renewedAt = 0;
  /** Where the next check begins: entries that cannot be taken over yet must not hide those after them. */
  private from = '-';

  constructor(private readonly options: GroupHoldOptions) {
    options.link.on('ready', () => {
      this.readySince = performance.now();
      void this.renew(0);
    });
    options.link.on('lost', () => {
      this.readySince = Number.POSITIVE_INFINITY;
    });
  }

  get size(): number {
    return this.held.size;
  }

  has(id: string): boolean {
    return this.held.has(id);
  }

  add(id: string): void {
    this.held.set(id, performance.now());
  }

  remove(id: string): void {
    this.held.delete(id);
    if (id !== this.lastTryId) return;
    this.lastTryId = undefined;
    // More entries may wait for their last try; they get it one at a time.
    void this.look();
  }

  /** Returns those of these entries that are this replica's own in Redis. They count as delivered just now. */
  async stillHeld(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { link, stream, group, consumer, takeOverAfterMs } = this.options;
    const isOwn = async (id: string) => {
      const hold = { group, consumer, leaseMs: takeOverAfterMs, claims: [], ids: [id] };
      return (await link.run((client) => renewHold(client, { stream }, hold))).renewed === 1;
    };
    const own = await Promise.all(ids.map(isOwn));
    return new Set(ids.filter((_, at) => own[at]));
  }

  start(): void {
    const { takeOverAfterMs, link } = this.options;
    if (link.ready) this.readySince = performance.now();
    const every = (ms: number, work: () => void) => this.timers.push(setInterval(work, ms).unref());
    every(takeOverAfterMs / RENEWALS, () => {
      void this.renew(takeOverAfterMs / RENEWALS);
      void this.attempt(async () => this.options.onTick());
    });
    every(takeOverAfterMs / LOOKS, () => void this.look());
    every(FORGET_EVERY_MS, () => void this.forget());
  }

  /** Stops taking over; entries in hand are still renewed. */
  stopLooking(): void {
    this.mayLook = false;
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Renews entries that have been in hand for at least this long: most are done before they need it. */
  private async renew(heldForMs: number): Promise<void> {
    const { link, stream, group, consumer, takeOverAfterMs } = this.options;
    const before = performance.now() - heldForMs;
    const ids: string[] = [];
    for (const [id, since] of this.held) if (since <= before) ids.push(id);
    const claims = this.options.claims?.() ?? [];
    if (!link.ready) return;
    if (ids.length === 0 && claims.length === 0) {
      this.renewedAt = performance.now();
      return;
    }
    await this.attempt(async () => {
      const hold = { group, consumer, leaseMs: takeOverAfterMs, claims, ids };
      const { lost } = await link.run((client) => renewHold(client, { stream }, hold));
      this.renewedAt = performance.now();
      if (lost.length > 0) this.options.onClaimsLost?.(lost);
    });
  }

  private async look(): Promise<void> {
    const { link, stream, partial, group, consumer, takeOverAfterMs, maxTries, capacity } = this.options;
    const limit = Math.min(TAKE_MAX, capacity());
    if (!this.mayLook || this.isLooking || limit <= 0) return;
    if (performance.now() - this.readySince < takeOverAfterMs) return;
    this.isLooking = true;
    await this.attempt(async () => {
      if (performance.now() - this.renewedAt > takeOverAfterMs / 2) await this.comeBack();
      const lastTryFree = this.lastTryId === undefined || performance.now() > this.lastTryUntil;
      const { from } = this;
      const request = { group, consumer, minIdleMs: takeOverAfterMs, limit, maxTries, lastTryFree, from };
      const { taken, next } = await link.run((client) => takeOver(client, { stream, partial }, request));
      this.from = next;
      this.isLooking = false;
      const others = taken.filter((entry) => !this.held.has(entry.id));
      const there = others.filter(({ verdict }) => verdict !== 'gone');
      if (there.length < others.length) this.options.onGone?.(others.length - there.length);
      this.receive(there);
    });
    this.isLooking = false;
  }

  /**
   * This replica was silent itself. It reads what has reached it meanwhile, and renews all that it has in hand: if it took that
   * over from itself, each silence would count as a try.
   */
  private async comeBack(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.renew(0);
  }

  private receive(taken: TakenEntry[]): void {
    for (const entry of taken) {
      this.add(entry.id);
      if (entry.verdict !== 'retry' || entry.tries + 1 < this.options.maxTries) continue;
      this.lastTryId = entry.id;
      this.lastTryUntil = performance.now() + LAST_TRY_ALONE * this.options.takeOverAfterMs;
    }
    for (const entry of taken) {
      try {
        this.options.onTaken(entry);
      } catch (error) {
        // Taken over again, and in the end set aside. The others of this look are not to blame.
        this.options.onError(error);
        this.remove(entry.id);
      }
    }
  }

  private async forget(): Promise<void> {
    const { link, stream, group, forgetReplicaAfterMs } = this.options;
    if (!link.ready) return;
    await this.attempt(() =>
      link.run((client) => removeSilentConsumers(client, stream, { group, minIdleMs: forgetReplicaAfterMs })),
    );
  }

  private async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (faultKind(error) === 'refused') this.options.onError(error);
    }
  }
}
