import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ACCOUNT_DELETED, type AccountDeleted, type Identity, isBot } from '@parley/contracts';
import { EventPublisher, type Events } from '@parley/service-kit';
import { CREDENTIAL_STORE, type CredentialStore } from '../credential-store.js';
import { ApiKeyRepository } from '../keys/api-key.repository.js';
import { PasswordCheck } from '../password-check.js';
import { SESSION_STORE, type SessionStore } from '../session-store.js';
import { EXTERNAL_STORE, type ExternalStore } from '../tokens/external-store.js';
import { SessionEnds } from './session-ends.js';

/** Deletes accounts. */
@Injectable()
export class AccountRemoval {
  constructor(
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    @Inject(EventPublisher) private readonly events: Events,
    @Inject(EXTERNAL_STORE) private readonly externals: ExternalStore,
    private readonly passwords: PasswordCheck,
    private readonly ends: SessionEnds,
    private readonly keys: ApiKeyRepository,
  ) {}

  /**
   * Deletes an account: nobody can sign in to it, its sessions end, a bot's keys are gone, and the other services forget the user. The name stays
   * taken, because stored messages of others may show it. Idempotent: what died half-way is done again.
   * @param requestKey names the request: the same each time this request is handled, and different for every other request.
   * @returns how many sessions that ended.
   */
  async remove({ UUID, Username }: Identity, requestKey: string): Promise<number> {
    // In this order: a sign-in that has checked its password by now creates a session that ends here, or none.
    await this.sessions.bar(UUID, 'deleted');
    const credential = await this.credentials.find(Username);
    if (credential?.external !== undefined && credential.user.UUID === UUID)
      await this.externals.retire(credential.external);
    const passwordHash = await this.passwords.hash(randomBytes(32).toString('base64url'));
    await this.credentials.retire({ UUID, Username }, passwordHash, requestKey);
    const ended = await this.ends.endAll(UUID, 'ended');
    if (isBot(UUID)) await this.keys.forgetAllOf(UUID);
    await this.events.publish<AccountDeleted>(ACCOUNT_DELETED, { UUID, Username });
    return ended;
  }
}
