import { Inject, Injectable } from '@nestjs/common';
import type { Bar, EndedReply, Identity, StoredAccount } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { CREDENTIAL_STORE, type Credential, type CredentialStore } from '../credential-store.js';
import { SESSION_STORE, type SessionStore } from '../session-store.js';
import { EXTERNAL_STORE, type ExternalStore } from '../tokens/external-store.js';
import { AccountRemoval } from './account-removal.js';
import { OwnAccountService } from './own-account.service.js';
import { SessionEnds } from './session-ends.js';

/**
 * What operators may do to accounts, which they name by username. Each call throws USER_NOT_FOUND for a name without one, and
 * UNAVAILABLE where `userUUID` says whose account it has to be, and the user has just given the name up.
 */
@Injectable()
export class AccountsService {
  constructor(
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    @Inject(EXTERNAL_STORE) private readonly externals: ExternalStore,
    private readonly own: OwnAccountService,
    private readonly ends: SessionEnds,
    private readonly removal: AccountRemoval,
  ) {}

  /** Bars an account: ends its sessions everywhere, and lets nobody sign in to it. Idempotent. */
  async bar(username: string, bar: Bar, userUUID?: string): Promise<EndedReply> {
    const user = await this.named(username, userUUID);
    // In this order: a sign-in at the same time creates a session before the bar, which then ends, or none.
    await this.sessions.bar(user.UUID, bar);
    return { user, ended: await this.ends.endAll(user.UUID, bar === 'banned' ? 'banned' : 'ended') };
  }

  /** Lifts a bar. */
  async unbar(
    username: string,
    bar: Bar,
    userUUID?: string,
  ): Promise<{ user: Identity; wasBarred: boolean }> {
    const user = await this.named(username, userUUID);
    return { user, wasBarred: await this.sessions.unbar(user.UUID, bar) };
  }

  /** Ends all sessions of an account. */
  async endSessions(username: string): Promise<EndedReply> {
    const user = await this.named(username);
    return { user, ended: await this.ends.endAll(user.UUID, 'ended') };
  }

  /** Deletes an account. A name that is deleted already is deleted again: its first deletion may have died half-way. */
  async remove(username: string, requestKey: string, userUUID?: string): Promise<EndedReply> {
    const credential = await this.credentials.find(username);
    if (credential === undefined) throw new AppError('USER_NOT_FOUND');
    mustBe(credential, userUUID);
    const user = credential.isRetired ? { ...credential.user, Username: username } : credential.user;
    return { user, ended: await this.removal.remove(user, requestKey) };
  }

  /** What is stored of an account. */
  async stored(username: string, userUUID?: string): Promise<StoredAccount> {
    const { user, external: id } = await this.credentialOf(username, userUUID);
    const [createdAt = 0, bars, { sessions }, external] = await Promise.all([
      this.credentials.createdAt(username),
      this.sessions.bars(user.UUID),
      this.own.sessions(user.UUID),
      id === undefined ? undefined : this.externals.names(id),
    ]);
    return { user, createdAt, bars, sessions, ...(external && { external }) };
  }

  private async named(username: string, userUUID?: string): Promise<Identity> {
    return (await this.credentialOf(username, userUUID)).user;
  }

  private async credentialOf(username: string, userUUID?: string): Promise<Credential> {
    const credential = await this.credentials.find(username);
    if (credential === undefined || credential.isRetired) throw new AppError('USER_NOT_FOUND');
    mustBe(credential, userUUID);
    return credential;
  }
}

/** A name that was looked up may be somebody else's by now. @throws AppError UNAVAILABLE: ask for the name again. */
function mustBe({ user }: Credential, userUUID = user.UUID): void {
  if (user.UUID !== userUUID) throw new AppError('UNAVAILABLE');
}
