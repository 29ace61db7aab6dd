import { Injectable } from '@nestjs/common';
import type { TokenSignInRequest } from '@parley/contracts';
import { type OpenedToken, RequestSeals } from '../request-seals.js';
import { SignInMethods } from '../sign-in-methods.js';
import { Revocations } from './revocations.js';
import { TokenChecks } from './token-checks.js';
import type { VerifiedToken } from './token-verifier.js';

/** A token that is taken, and what its seal gives. */
export interface BroughtToken {
  readonly opened: OpenedToken;
  readonly token: VerifiedToken;
}

/** Opens the tokens that requests bring, and refuses those that are not taken. */
@Injectable()
export class BroughtTokens {
  constructor(
    private readonly methods: SignInMethods,
    private readonly seals: RequestSeals,
    private readonly checks: TokenChecks,
    private readonly revocations: Revocations,
  ) {}

  /**
   * Opens the token of a request.
   * @param about what its box belongs to.
   * @param requestKey names the request: the same each time it is handled, and different for every other request.
   * @throws AppError WRONG_TOKEN, also for one that was revoked; RATE_LIMITED, OVERLOADED, UNAVAILABLE; FORBIDDEN where nobody signs in
   *   with a token.
   * @throws UnopenedError when it was sealed to a key that is not here; nothing was done.
   */
  async take(
    { address, secrets }: TokenSignInRequest,
    about: readonly string[],
    requestKey: string,
  ): Promise<BroughtToken> {
    this.methods.require('token');
    const opened = await this.seals.openToken(secrets, about, requestKey);
    const token = await this.checks.check(opened.token, address);
    await this.revocations.refuse(token);
    return { opened, token };
  }
}
