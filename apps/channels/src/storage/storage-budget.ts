import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { LRUCache } from 'lru-cache';
import { refusedPosts } from '../metrics.js';
import {
  chargeStorage,
  type StorageCharge,
  type StorageRate,
  type StorageWaits,
} from '../redis/charge-storage.js';
import { ChannelKeys } from '../redis/keys.js';
import { MemoryWatch } from './memory-watch.js';

/** Injection token of the {@link StorageRate} of each user. */
export const STORAGE_RATE = Symbol('storage rate');

/**
 * What a message or a change takes in Redis besides its text and its names, in bytes: its UUID and times, the node of the stream,
 * and the record by which it is recognised. See "Sizing" in docs/operations.md.
 */
export const BYTES_OF_ENTRY = 256;
/** What an item takes in an inbox, with the record by which it is recognised, in bytes. */
export const BYTES_OF_ITEM = 256;
/**
 * What the item of a group's message counts as, for each of the members who get it, in bytes: the record by which it is recognised. The item
 * takes its place among those that an inbox keeps, and an older one goes.
 */
export const BYTES_OF_GROUP_ITEM = 64;
/** Bytes after which a user is charged: a person writes some twenty messages for that, so that few of them cost a second write. */
export const CHARGED_AFTER_BYTES = 16 * 1024;
/** The same while Redis is nearly full. */
const CHARGED_SOON_AFTER_BYTES = 4 * 1024;
/** Bytes that one replica stores for a user at most while it is not known what the user has left. */
export const UNCHARGED_BYTES = 64 * 1024;
/** What is left of the rate and of the burst while Redis is nearly full. */
export const SMALL_RATE_SHARE = 8;
export const SMALL_BURST_SHARE = 64;
const LEAST_SMALL_BURST = 16 * 1024;
/** How long a user who has written in bulk is refused at most, once Redis is nearly full, in milliseconds. */
export const LONGEST_WAIT_MS = 600_000;
/** Users that a replica knows, about 200 bytes each. What one owes who is forgotten is less than CHARGED_AFTER_BYTES. */
export const ACCOUNTS_KEPT = 50_000;
/** Users charged in one step of Redis. */
export const CHARGED_AT_ONCE = 128;

/** What a replica knows of a user. Times are of `performance.now()`. */
interface Account {
  /** Bytes that were stored here and are not charged yet; negative where less was stored than was charged. */
  uncharged: number;
  /** When more may be stored: always, and while Redis is nearly full. */
  openAt: number;
  openAtWhenFull: number;
  charging: Promise<void> | undefined;
}

/**
 * How many bytes may be stored for each user, over all replicas and connections. The bucket is in Redis. A replica stores first
 * and charges later, for many messages at once, so that a message makes no other write and waits for nothing. Only one who
 * writes in bulk waits for a charge. Where Redis does not take charges, nothing is refused: it takes no messages either.
 */
@Injectable()
export class StorageBudget {
  private readonly accounts = new LRUCache<string, Account>({ max: ACCOUNTS_KEPT });
  private readonly charges = new TurnBatch<StorageCharge, StorageWaits>(
    (_, charges) => this.chargeAll(charges),
    CHARGED_AT_ONCE,
  );

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    @Inject(STORAGE_RATE) private readonly rate: StorageRate,
    private readonly memory: MemoryWatch,
  ) {}

  /**
   * Takes bytes of a user before they are stored. Returns a promise only where a charge has to be awaited.
   * @throws AppError RATE_LIMITED, with the time until there is room.
   */
  take(userUUID: string, bytes: number): void | Promise<void> {
    if (this.rate.perSecond === 0) return;
    const account = this.accountOf(userUUID);
    this.refuseIfClosed(account);
    if (mustWait(account, bytes)) return this.takeLater(userUUID, account, bytes);
    this.add(userUUID, account, bytes);
  }

  /** Notes bytes of a user that are stored already: nothing is refused for them, but later ones are. */
  owe(userUUID: string, bytes: number): void {
    if (this.rate.perSecond > 0) this.add(userUUID, this.accountOf(userUUID), bytes);
  }

  /** Gives back what was not stored in the end. */
  giveBack(userUUID: string, bytes: number): void {
    const account = this.accounts.peek(userUUID);
    if (account !== undefined) account.uncharged -= bytes;
  }

  private async takeLater(userUUID: string, account: Account, bytes: number): Promise<void> {
    while (mustWait(account, bytes)) await account.charging;
    this.refuseIfClosed(account);
    this.add(userUUID, account, bytes);
  }

  private refuseIfClosed({ openAt, openAtWhenFull }: Account): void {
    const now = performance.now();
    if (openAt > now) refuse('user', openAt - now);
    if (openAtWhenFull > now && this.memory.isNearlyFull) refuse('high_water', openAtWhenFull - now);
  }

  private add(userUUID: string, account: Account, bytes: number): void {
    account.uncharged += bytes;
    if (account.charging !== undefined || account.uncharged < this.chargedAfter) return;
    account.charging = this.charge(userUUID, account);
  }

  private async charge(userUUID: string, account: Account): Promise<void> {
    const bytes = account.uncharged;
    account.uncharged = 0;
    try {
      const slot = this.redis.isCluster ? userUUID : '';
      const { waitMs, smallWaitMs } = await this.charges.add(slot, { userUUID, bytes });
      const now = performance.now();
      account.openAt = now + waitMs;
      account.openAtWhenFull = now + smallWaitMs;
    } catch {
      // The next message tries again; what stops it stops messages as well, and is reported there.
      account.uncharged = Math.min(account.uncharged + bytes, UNCHARGED_BYTES);
    }
    account.charging = undefined;
  }

  private get chargedAfter(): number {
    return this.memory.isNearlyFull ? CHARGED_SOON_AFTER_BYTES : CHARGED_AFTER_BYTES;
  }

  private accountOf(userUUID: string): Account {
    const known = this.accounts.get(userUUID);
    if (known !== undefined) return known;
    const account: Account = { uncharged: 0, openAt: 0, openAtWhenFull: 0, charging: undefined };
    this.accounts.set(userUUID, account);
    return account;
  }

  private chargeAll(charges: readonly StorageCharge[]): Promise<StorageWaits[]> {
    const { perSecond, burst } = this.rate;
    return chargeStorage(this.redis, this.keys, {
      rate: this.rate,
      small: {
        perSecond: perSecond / SMALL_RATE_SHARE,
        burst: Math.max(LEAST_SMALL_BURST, burst / SMALL_BURST_SHARE),
      },
      longestMs: LONGEST_WAIT_MS,
      charges,
    });
  }
}

/** While a charge is under way, only so much is stored without knowing its outcome. */
const mustWait = ({ charging, uncharged }: Account, bytes: number): boolean =>
  charging !== undefined && uncharged + bytes > UNCHARGED_BYTES;

const MESSAGES = {
  user: 'You have stored too much in a short time. Try again later.',
  high_water: 'The storage is nearly full, and you have stored much lately. Try again later.',
};

function refuse(reason: keyof typeof MESSAGES, waitMs: number): never {
  refusedPosts.inc({ reason });
  throw new AppError('RATE_LIMITED', { message: MESSAGES[reason], retryAfterMs: Math.ceil(waitMs) });
}
