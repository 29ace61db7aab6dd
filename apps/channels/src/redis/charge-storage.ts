import { type RedisConnection, Script } from '@parley/redis';
import source from './charge-storage.lua.js';
import type { ChannelKeys } from './keys.js';

const script = new Script(source);

/** How much may be stored for one user: bytes per second, and bytes at once after a pause. */
export interface StorageRate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Users to charge for what was stored for them. */
export interface ChargeStorage {
  readonly rate: StorageRate;
  /** While Redis is nearly full. */
  readonly small: StorageRate;
  /** Longest wait for the small rate, in milliseconds. */
  readonly longestMs: number;
  readonly charges: readonly StorageCharge[];
}

/** Bytes that were stored for a user. */
export interface StorageCharge {
  readonly userUUID: string;
  readonly bytes: number;
}

/** Milliseconds until more may be stored for a user: always, and while Redis is nearly full. 0: now. */
export interface StorageWaits {
  readonly waitMs: number;
  readonly smallWaitMs: number;
}

/** Charges users. Returns how long each has to wait, in their order. Rejects with Redis's error. */
export async function chargeStorage(
  redis: RedisConnection,
  keys: ChannelKeys,
  { rate, small, longestMs, charges }: ChargeStorage,
): Promise<StorageWaits[]> {
  const waits = (await script.run(
    redis,
    charges.map(({ userUUID }) => keys.storedBytes(userUUID)),
    [
      ...[rate.perSecond, rate.burst, small.perSecond, small.burst, longestMs],
      ...charges.map(({ bytes }) => bytes),
    ],
  )) as number[];
  return charges.map((_, at) => ({ waitMs: waits[2 * at]!, smallWaitMs: waits[2 * at + 1]! }));
}
