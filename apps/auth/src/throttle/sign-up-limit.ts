import { Inject, Injectable } from '@nestjs/common';
import { clientNetwork } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { refusedSignIns } from '../metrics.js';
import { ALLOWANCE_STORE, type Allowance, type AllowanceStore } from './allowance-store.js';

/** Injection token of how many accounts one address may create in an hour; 0 means any number. */
export const SIGN_UPS_PER_ADDRESS = Symbol('sign-ups per address');

const HOUR_MS = 3_600_000;

/** Bounds the accounts that are created from one address, across all replicas. Wrong passwords do not count here. */
@Injectable()
export class SignUpLimit {
  constructor(
    @Inject(ALLOWANCE_STORE) private readonly allowances: AllowanceStore,
    @Inject(SIGN_UPS_PER_ADDRESS) private readonly perHour: number,
  ) {}

  /**
   * Runs `create` if the address may create one more account, which counts if `create` returns a fresh one.
   * @throws AppError RATE_LIMITED, without running `create`.
   */
  async within<T extends { readonly fresh: boolean }>(address: string, create: () => Promise<T>): Promise<T> {
    if (this.perHour === 0) return create();
    const allowance = this.allowanceOf(address);
    const retryAfterMs = await this.allowances.take(allowance);
    if (retryAfterMs > 0) {
      refusedSignIns.inc({ by: 'sign_ups' });
      throw new AppError('RATE_LIMITED', { retryAfterMs });
    }
    let isCreated = false;
    try {
      const created = await create();
      isCreated = created.fresh;
      return created;
    } finally {
      if (!isCreated) await this.allowances.giveBack(allowance);
    }
  }

  private allowanceOf(address: string): Allowance {
    return {
      subject: `sign-ups ${clientNetwork(address)}`,
      burst: this.perHour,
      paceMs: Math.ceil(HOUR_MS / this.perHour),
    };
  }
}
