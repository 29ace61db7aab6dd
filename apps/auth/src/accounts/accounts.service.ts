import { Inject, Injectable } from '@nestjs/common';
import type { Bar, BarReply, Identity } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { CREDENTIAL_STORE, type CredentialStore } from './credential-store.js';
import { SessionEnds } from './session-ends.js';
import { SESSION_STORE, type SessionStore } from './session-store.js';

/** What becomes of an account after its sign-up. */
@Injectable()
export class AccountsService {
  constructor(
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    private readonly ends: SessionEnds,
  ) {}

  /**
   * Bars an account: ends its sessions everywhere, and lets nobody sign in to it. Idempotent.
   * @throws AppError USER_NOT_FOUND
   */
  async bar(username: string, bar: Bar): Promise<BarReply> {
    const user = await this.named(username);
    // In this order: a sign-in at the same time creates a session before the bar, which then ends, or none.
    await this.sessions.bar(user.UUID, bar);
    const endedSessions = await this.ends.endAll(user.UUID, bar === 'banned' ? 'banned' : 'ended');
    return { user, endedSessions };
  }

  private async named(username: string): Promise<Identity> {
    const credential = await this.credentials.find(username);
    if (credential === undefined) throw new AppError('USER_NOT_FOUND');
    return credential.user;
  }
}
