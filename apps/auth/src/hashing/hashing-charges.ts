import { Inject, Injectable } from '@nestjs/common';
import { ALLOWANCE_STORE, type AllowanceStore } from '../throttle/allowance-store.js';

/** A second of hashing is forgotten after so many seconds: a network that takes a twentieth of a core owes nothing. */
const FORGOTTEN_AFTER = 20;
/** No more than this is remembered, in milliseconds: 45 s of hashing. */
const MOST_MS = 900_000;

/** Charges hashing time to the networks that cause it, across all replicas. It decides on their order, and refuses nobody. */
@Injectable()
export class HashingCharges {
  constructor(@Inject(ALLOWANCE_STORE) private readonly allowances: AllowanceStore) {}

  /** Returns the hashing time that a network has used lately, in milliseconds. */
  async spentMs(network: string): Promise<number> {
    return (await this.allowances.spent(subjectOf(network))) / FORGOTTEN_AFTER;
  }

  /** Runs `hashing` and charges its time. */
  async charge<T>(network: string, hashing: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await hashing();
    } finally {
      const spent = (performance.now() - start) * FORGOTTEN_AFTER;
      await this.allowances.spend(subjectOf(network), spent, MOST_MS);
    }
  }
}

const subjectOf = (network: string): string => `hashing ${network}`;
