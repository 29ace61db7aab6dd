import { Inject, Injectable } from '@nestjs/common';
import { clientNetwork } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { tokenChecks } from '../metrics.js';
import { FAILURE_BOUNDS, type FailureBounds, SLOWED_ADDRESS_PACE_MS } from '../sign-in-throttle.js';
import { ALLOWANCE_STORE, type AllowanceStore } from '../throttle/allowance-store.js';
import { TokenVerifier, type VerifiedToken } from './token-verifier.js';

/**
 * Checks the tokens of clients. A wrong one counts against its address, across all replicas; a valid one is taken whatever others at
 * the address have sent, because checking it costs less than opening its seal.
 */
@Injectable()
export class TokenChecks {
  constructor(
    @Inject(TokenVerifier) private readonly verifier: Pick<TokenVerifier, 'verify'>,
    @Inject(ALLOWANCE_STORE) private readonly allowances: AllowanceStore,
    @Inject(FAILURE_BOUNDS) private readonly bounds: FailureBounds,
  ) {}

  /** @throws AppError WRONG_TOKEN, or RATE_LIMITED after too many of them from one address; OVERLOADED, UNAVAILABLE. */
  async check(token: string, address: string): Promise<VerifiedToken> {
    try {
      const verified = await this.verifier.verify(token);
      tokenChecks.inc({ outcome: 'valid' });
      return verified;
    } catch (error) {
      tokenChecks.inc({ outcome: error instanceof AppError ? error.name : 'INTERNAL' });
      if (error instanceof AppError && error.name === 'WRONG_TOKEN') await this.countWrong(address);
      throw error;
    }
  }

  /** Counts a wrong token, or a wrong key, against its address. @throws AppError RATE_LIMITED after too many. */
  async countWrong(address: string): Promise<void> {
    const retryAfterMs = await this.allowances.take({
      subject: `tokens ${clientNetwork(address)}`,
      burst: this.bounds.perAddress,
      paceMs: SLOWED_ADDRESS_PACE_MS,
    });
    if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryAfterMs });
  }
}
