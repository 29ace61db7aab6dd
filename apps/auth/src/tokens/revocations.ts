import { Inject, Injectable } from '@nestjs/common';
import type { ExternalUser, Identity, RevokedReply } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { SessionEnds } from '../accounts/session-ends.js';
import { EXTERNAL_STORE, type External, type ExternalStore, externalId } from './external-store.js';
import { ExternalUsers } from './external-users.js';
import { type VerifiedToken, wrongToken } from './token-verifier.js';

/** What of the settings decides about revocations. */
export interface RevocationRules {
  /** Whose tokens auth takes, if it takes any. */
  readonly issuer: string | undefined;
  /** How far the identity provider's clock may be off, in milliseconds. */
  readonly leewayMs: number;
}

/** Injection token of the {@link RevocationRules}. */
export const REVOCATION_RULES = Symbol('revocation rules');

/** Refuses the tokens of a user that were issued before an operator said so. */
@Injectable()
export class Revocations {
  constructor(
    @Inject(EXTERNAL_STORE) private readonly store: ExternalStore,
    private readonly users: ExternalUsers,
    private readonly ends: SessionEnds,
    @Inject(REVOCATION_RULES) private readonly rules: RevocationRules,
  ) {}

  /**
   * A token that does not say when it was issued counts as issued before. So does one of the time for which the identity provider's
   * clock may be ahead.
   * @throws AppError WRONG_TOKEN for a revoked token.
   */
  async refuse(token: Pick<VerifiedToken, 'issuer' | 'subject' | 'issuedAt'>): Promise<void> {
    const { revokedAt } = (await this.store.find(externalId(token))) ?? {};
    if (revokedAt === undefined) return;
    if (token.issuedAt === undefined || token.issuedAt <= revokedAt + this.rules.leewayMs)
      throw wrongToken('it was revoked');
  }

  /** Refuses the tokens of until now, and ends all sessions of the user. */
  async revoke(asked: ExternalUser): Promise<RevokedReply> {
    const external = this.externalOf(asked);
    // In this order: a sign-in at the same time creates a session before, which then ends, or finds the revocation after.
    await this.store.revoke(external);
    const { userUUID, user } = await this.userOf(external);
    const ended = userUUID === undefined ? 0 : await this.ends.endAll(userUUID, 'ended');
    return { user, ended };
  }

  /** Takes these tokens again. */
  async unrevoke(asked: ExternalUser): Promise<{ user: Identity | null; wasRevoked: boolean }> {
    const external = this.externalOf(asked);
    const wasRevoked = await this.store.unrevoke(external);
    return { user: (await this.userOf(external)).user, wasRevoked };
  }

  private async userOf(external: External) {
    const { stored, user = null } = await this.users.find(external);
    return { userUUID: stored?.userUUID, user };
  }

  private externalOf({ issuer = this.rules.issuer, subject }: ExternalUser): External {
    if (issuer === undefined)
      throw new AppError('FORBIDDEN', { message: 'Nobody signs in with a token here.' });
    return { issuer, subject };
  }
}
