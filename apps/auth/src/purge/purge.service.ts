import { Inject, Injectable } from '@nestjs/common';
import { type Identity, SESSION_ENDED, type SessionEnded } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { isRefusedWrite } from '@parley/redis';
import { RedisTransportError } from '@parley/redis-transport';
import { EventPublisher, type Events } from '@parley/service-kit';
import { CREDENTIAL_STORE, type CredentialStore } from '../credential-store.js';
import { SESSION_STORE, type SessionStore } from '../session-store.js';
import { EXTERNAL_STORE, type ExternalStore } from '../tokens/external-store.js';

/** Deletes accounts for ever. Works when Redis is full: a purge makes room. */
@Injectable()
export class PurgeService {
  constructor(
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    @Inject(EXTERNAL_STORE) private readonly externals: ExternalStore,
    @Inject(EventPublisher) private readonly events: Events,
  ) {}

  /** @throws AppError USER_NOT_FOUND */
  async ownerOf(username: string): Promise<Identity> {
    const credential = await this.credentials.find(username);
    if (credential === undefined) throw new AppError('USER_NOT_FOUND');
    // What is left of a deleted account does not say its name.
    return credential.isRetired ? { ...credential.user, Username: username } : credential.user;
  }

  /**
   * Deletes an account, and ends its sessions everywhere. Idempotent.
   * @param username that of the account; a user without one is gone, but for what a replica that died has left.
   * @returns how many sessions ended.
   */
  async purge(userUUID: string, username: string | undefined): Promise<number> {
    // A sign-in that is under way has the password already. A full Redis takes no bar, and no session either.
    await ifTaken(this.sessions.bar(userUUID, 'disabled'));
    const user = username === undefined ? undefined : { UUID: userUUID, Username: username };
    // Nothing that shows the name is left when a purge is done, so that even that of a deleted account is free then.
    if (user !== undefined) await this.removeNamed(user);
    const ended = await this.sessions.forget(userUUID);
    // Gateways look regularly whether their sessions live.
    await ifTaken(Promise.all(ended.map((sessionId) => this.tell({ userUUID, sessionId, reason: 'ended' }))));
    return ended.length;
  }

  private async removeNamed(user: Identity): Promise<void> {
    const credential = await this.credentials.find(user.Username);
    // Before the credential, which says where it is. A full Redis takes no note of when, and the next token makes another user.
    if (credential?.external !== undefined && credential.user.UUID === user.UUID)
      await ifTaken(this.externals.purge(credential.external));
    await this.credentials.remove(user, 'even retired');
  }

  private tell(ended: SessionEnded): Promise<void> {
    return this.events.publish<SessionEnded>(SESSION_ENDED, ended);
  }
}

/** Waits for a write that a full Redis may refuse. */
async function ifTaken(writing: Promise<unknown>): Promise<void> {
  await writing.catch((error: unknown) => {
    const isFull = error instanceof RedisTransportError && error.code === 'STORAGE_FULL';
    if (!isFull && !isRefusedWrite(error)) throw error;
  });
}
