import { Inject, Injectable } from '@nestjs/common';
import {
  type CreateKeyRequest,
  isBot,
  type KeySummary,
  type NewKeyRequest,
  type RevokedKey,
  sessionUUIDOf,
} from '@parley/contracts';
import { AppError, KEY_SCOPES, type KeyScope, LIMITS } from '@parley/protocol';
import { SessionEnds } from '../accounts/session-ends.js';
import { CREDENTIAL_STORE, type CredentialStore } from '../credential-store.js';
import { ApiKeyRepository, type KeyToStore, summaryOf } from './api-key.repository.js';
import { KnownUsers } from './known-users.js';

const DAY_MS = 86_400_000;

/** Makes, lists and revokes keys. */
@Injectable()
export class KeysService {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly users: KnownUsers,
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    private readonly ends: SessionEnds,
  ) {}

  /**
   * Stores a key with scopes, or a further one of a bot. Idempotent.
   * @param createdBy who made it, as lists show it.
   * @param given the scopes that may be given.
   * @throws AppError LIMIT_REACHED; INVALID_FIELD; FORBIDDEN for a scope that is not `given`; USER_NOT_FOUND for one who is no bot.
   */
  async create(
    request: CreateKeyRequest,
    createdBy: string,
    given: readonly KeyScope[] = KEY_SCOPES,
  ): Promise<KeySummary> {
    if ('scopes' in request) {
      const wrong = request.scopes.find((scope) => !given.includes(scope));
      if (wrong !== undefined)
        throw new AppError('FORBIDDEN', {
          message: `This key cannot give the scope ${wrong}: it has not got it.`,
        });
      return this.store(request, {
        scopes: KEY_SCOPES.filter((scope) => request.scopes.includes(scope)),
        createdBy,
      });
    }
    return this.store(request, { scopes: [], bot: await this.botNamed(request), createdBy });
  }

  /** Stores a key. Idempotent. @throws AppError LIMIT_REACHED, INVALID_FIELD */
  async store(
    { id, proof, name, lifeMs }: NewKeyRequest,
    rest: Pick<KeyToStore, 'scopes' | 'bot' | 'createdBy'>,
  ): Promise<KeySummary> {
    if (lifeMs !== undefined && !(lifeMs > 0 && lifeMs <= LIMITS.keyDays * DAY_MS))
      throw new AppError('INVALID_FIELD', { message: `lifeMs: expected at most ${LIMITS.keyDays} days` });
    return summaryOf(await this.keys.create({ id, proof, name, lifeMs, ...rest }));
  }

  /** All keys, the newest first. */
  async list(): Promise<KeySummary[]> {
    return (await this.keys.list()).map(summaryOf);
  }

  /** Revokes a key, and ends the sessions that a bot began with it. Idempotent: what died half-way is done again. */
  async revoke(id: string): Promise<RevokedKey> {
    const key = await this.keys.find(id);
    if (key === undefined) return { revoked: false, ended: 0 };
    // In this order: a sign-in at the same time notes its session before, which then ends, or finds the key gone after.
    await this.keys.disarm(id);
    const ended = key.bot === undefined ? 0 : await this.endSessions(key.bot.userUUID, id);
    await this.keys.forget(id);
    return { revoked: true, ended };
  }

  private async endSessions(userUUID: string, id: string): Promise<number> {
    const sessionIds = await this.keys.sessionsOf(userUUID, id);
    return sessionIds.length === 0 ? 0 : this.ends.endThese(userUUID, sessionIds.map(sessionUUIDOf));
  }

  /** @throws AppError USER_NOT_FOUND */
  private async botNamed(
    request: { readonly userUUID: string } | { readonly botName: string },
  ): Promise<NonNullable<KeyToStore['bot']>> {
    const name = 'botName' in request ? request.botName : (await this.users.named(request.userUUID)).Username;
    const { user, external } = (await this.credentials.find(name)) ?? {};
    if (user === undefined || external === undefined || !isBot(user.UUID))
      throw new AppError('USER_NOT_FOUND', { message: 'There is no such bot.' });
    return { userUUID: user.UUID, externalId: external };
  }
}
