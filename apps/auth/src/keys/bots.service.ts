import { Inject, Injectable } from '@nestjs/common';
import {
  aboutKeySignIn,
  apiKeyRef,
  type BotReply,
  type CreateBotRequest,
  type KeySignInReply,
  type KeySignInRequest,
} from '@parley/contracts';
import { AppError, LIMITS } from '@parley/protocol';
import { accountNamed } from '../account-name.js';
import { CREDENTIAL_STORE, type CredentialStore } from '../credential-store.js';
import { RequestSeals } from '../request-seals.js';
import { newUserUUID } from '../request-secrets.js';
import { SessionStart } from '../session-start.js';
import { externalId } from '../tokens/external-store.js';
import { ExternalUsers } from '../tokens/external-users.js';
import { BOT_ISSUER } from '../tokens/issuer-rules.js';
import { TokenChecks } from '../tokens/token-checks.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { KeyOpening, wrongKey } from './key-opening.service.js';
import { KeysService } from './keys.service.js';
import type { ReadKey } from './redis/open-key.js';

/** Bots: users without a password, whom keys sign in. */
@Injectable()
export class BotsService {
  constructor(
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    private readonly users: ExternalUsers,
    private readonly keys: ApiKeyRepository,
    private readonly making: KeysService,
    private readonly opening: KeyOpening,
    private readonly seals: RequestSeals,
    private readonly starts: SessionStart,
    private readonly checks: TokenChecks,
  ) {}

  /**
   * Makes a bot and its key. Idempotent: what died half-way is finished.
   * @param requestKey names the request: the same each time it is handled, and different for every other request.
   * @param createdBy who made it, as lists show it.
   * @throws AppError USERNAME_TAKEN, INVALID_FIELD, LIMIT_REACHED
   */
  async create(
    { username: wanted, ...key }: CreateBotRequest,
    requestKey: string,
    createdBy: string,
  ): Promise<BotReply> {
    const external = { issuer: BOT_ISSUER, subject: newUserUUID(requestKey, wanted) };
    const isHalfDone = (await this.users.find(external)).stored !== undefined;
    const { username, credential, refusal } = await accountNamed(this.credentials, wanted);
    if (refusal) throw refusal;
    if (credential !== undefined && !isHalfDone) throw new AppError('USERNAME_TAKEN');
    // Before there is a bot without a key.
    if (!isHalfDone && (await this.keys.count()) >= LIMITS.keys) throw new AppError('LIMIT_REACHED');
    const { user } = await this.users.ensure({ ...external, names: [username], isBot: true }, requestKey);
    const bot = { userUUID: user.UUID, externalId: externalId(external) };
    return { user, key: await this.making.store(key, { scopes: [], bot, createdBy }) };
  }

  /**
   * Opens a session of a bot, which ends when its key expires or is revoked.
   * @param requestKey as for {@link create}.
   * @throws AppError WRONG_TOKEN, or RATE_LIMITED after too many of them from one address; FORBIDDEN for a bot that is barred.
   * @throws UnopenedError when the key was sealed to a key that is not here; nothing was done.
   */
  async signIn({ address, secrets }: KeySignInRequest, requestKey: string): Promise<KeySignInReply> {
    const opened = await this.seals.openToken(secrets, aboutKeySignIn(address, requestKey), requestKey);
    const key = await this.proven(opened.token, address);
    const user = await this.opening.botOf(key);
    const { sessionId, accessKey } = await this.starts.begin(user, opened, key.expiresAt);
    await this.keys.noteSession(user.UUID, sessionId, key.id);
    // Revoked meanwhile, which may have ended the sessions of the key before this one was noted.
    if (!(await this.isArmed(key))) {
      await this.starts.end({ userUUID: user.UUID, sessionId });
      throw wrongKey();
    }
    return { user, sessionId, accessKey, created: false, ...lifeOf(key) };
  }

  private async isArmed({ id, hash }: ReadKey): Promise<boolean> {
    const now = await this.keys.find(id);
    return now?.hash === hash;
  }

  private async proven(text: string, address: string): Promise<ReadKey> {
    try {
      const ref = apiKeyRef(text);
      if (ref === undefined) throw wrongKey();
      return await this.opening.prove(ref);
    } catch (error) {
      if (error instanceof AppError && error.name === 'WRONG_TOKEN') await this.checks.countWrong(address);
      throw error;
    }
  }
}

const lifeOf = ({ expiresAt, now }: ReadKey): Pick<KeySignInReply, 'token'> =>
  expiresAt === undefined ? {} : { token: { expiresAt, remainingMs: expiresAt - now } };
