import { Inject, Injectable } from '@nestjs/common';
import type { ExternalUser, Identity, RevokedReply } from '@parley/contracts';
import { SessionEnds } from '../accounts/session-ends.js';
import {
  EXTERNAL_STORE,
  type External,
  type ExternalStore,
  externalId,
  type StoredExternal,
} from './external-store.js';
import { ExternalUsers } from './external-users.js';
import { externalOf, ISSUER_RULES, type IssuerRules } from './issuer-rules.js';
import { type VerifiedToken, wrongToken } from './token-verifier.js';

/** Refuses the tokens of a user that were issued before an operator said so. */
@Injectable()
export class Revocations {
  constructor(
    @Inject(EXTERNAL_STORE) private readonly store: ExternalStore,
    private readonly users: ExternalUsers,
    private readonly ends: SessionEnds,
    @Inject(ISSUER_RULES) private readonly rules: IssuerRules,
  ) {}

  /**
   * A token that does not say when it was issued counts as issued before. So does one of the time for which the identity provider's
   * clock may be ahead.
   * @throws AppError WRONG_TOKEN for a revoked token.
   */
  async refuse(token: Pick<VerifiedToken, 'issuer' | 'subject' | 'issuedAt'>): Promise<void> {
    this.refuseIn(await this.store.find(externalId(token)), token);
  }

  /**
   * As {@link refuse}, where it is known what is stored of the user.
   * @throws AppError WRONG_TOKEN for a revoked token.
   */
  refuseIn(stored: StoredExternal | undefined, { issuedAt }: Pick<VerifiedToken, 'issuedAt'>): void {
    const { revokedAt } = stored ?? {};
    if (revokedAt === undefined) return;
    if (issuedAt === undefined || issuedAt <= revokedAt + this.rules.leewayMs)
      throw wrongToken('it was revoked');
  }

  /** Refuses the tokens of until now, and ends all sessions of the user. */
  async revoke(asked: ExternalUser): Promise<RevokedReply> {
    const external = externalOf(asked, this.rules);
    // In this order: a sign-in at the same time creates a session before, which then ends, or finds the revocation after.
    await this.store.revoke(external);
    const { userUUID, user } = await this.userOf(external);
    const ended = userUUID === undefined ? 0 : await this.ends.endAll(userUUID, 'ended');
    return { user, ended };
  }

  /** Takes these tokens again. */
  async unrevoke(asked: ExternalUser): Promise<{ user: Identity | null; wasRevoked: boolean }> {
    const external = externalOf(asked, this.rules);
    const wasRevoked = await this.store.unrevoke(external);
    return { user: (await this.userOf(external)).user, wasRevoked };
  }

  private async userOf(external: External) {
    const { stored, user = null } = await this.users.find(external);
    return { userUUID: stored?.userUUID, user };
  }
}
