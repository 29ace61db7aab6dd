import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ApiKeyRef, KeySummary } from '@parley/contracts';
import type { KeyScope } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { AuthKeys } from '../redis/keys.js';
import { createKey } from './redis/create-key.js';
import { noteKeySession } from './redis/note-key-session.js';
import { openKey, type ReadKey, type StoredKey } from './redis/open-key.js';

/** A key to store. */
export interface KeyToStore extends ApiKeyRef {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly bot?: StoredKey['bot'];
  readonly createdBy: string;
  readonly lifeMs?: number | undefined;
}

/** The hash that no proof has: with it a key is read and not noted as used. */
const NO_HASH = '';

/** What is stored of a proof. Another hash: who reads it cannot prove anything with it. */
const hashOf = (proof: string): string => hash('sha256', proof);

/** The keys of operators and bots, in Redis. */
@Injectable()
export class ApiKeyRepository {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
  ) {}

  /** Stores a key. Idempotent. @throws AppError LIMIT_REACHED; INVALID_FIELD where another key has the id. */
  async create({ id, proof, name, scopes, bot, createdBy, lifeMs }: KeyToStore): Promise<StoredKey> {
    const fields = {
      ...{ name, scopes: scopes.join(' '), createdBy },
      ...(bot && { userUUID: bot.userUUID, external: bot.externalId }),
    };
    await createKey(this.redis, this.keys, { id, hash: hashOf(proof), lifeMs, fields });
    return (await this.find(id))!;
  }

  count(): Promise<number> {
    return this.redis.zcard(this.keys.keyIndex());
  }

  find(id: string): Promise<ReadKey | undefined> {
    return openKey(this.redis, this.keys, { id, hash: NO_HASH });
  }

  /** The key, if its secret is known to who has this proof; it is noted as used. Takes as long where there is no such key. */
  async prove({ id, proof }: ApiKeyRef): Promise<ReadKey | undefined> {
    const wanted = hashOf(proof);
    // Redis and this compare hashes of what was brought. How long that takes says nothing that helps to find another secret.
    const key = await openKey(this.redis, this.keys, { id, hash: wanted });
    return key?.hash === wanted ? key : undefined;
  }

  /** All keys, the newest first. */
  async list(): Promise<StoredKey[]> {
    const ids = await this.redis.zrange(this.keys.keyIndex(), 0, '-1');
    const found = await Promise.all(ids.reverse().map((id) => this.find(id)));
    return found.filter((key) => key?.hash !== undefined).map((key) => key!);
  }

  /** From now on the key opens nothing. It can still be found until {@link forget}. Works when Redis is full. Idempotent. */
  async disarm(id: string): Promise<void> {
    await this.redis.hdel(this.keys.key(id), 'hash');
  }

  /** Removes a key. Idempotent. */
  async forget(id: string): Promise<void> {
    await this.redis.del(this.keys.key(id));
    await this.redis.zrem(this.keys.keyIndex(), id);
  }

  /** Removes all keys of a bot. Idempotent. */
  async forgetAllOf(userUUID: string): Promise<void> {
    const keys = (await this.list()).filter(({ bot }) => bot?.userUUID === userUUID);
    await Promise.all(keys.map(({ id }) => this.forget(id)));
  }

  /** Notes by which key a session of a bot began. */
  noteSession(userUUID: string, sessionId: string, keyId: string): Promise<void> {
    return noteKeySession(this.redis, this.keys, { userUUID, sessionId, keyId });
  }

  /** The ids of the sessions of a bot that a key began; some may have ended. */
  async sessionsOf(userUUID: string, keyId: string): Promise<string[]> {
    const noted = await this.redis.hgetall(this.keys.keySessions(userUUID));
    return Object.entries(noted).flatMap(([sessionId, id]) => (id === keyId ? [sessionId] : []));
  }
}

/** A key without its secret. */
export const summaryOf = ({
  bot,
  id,
  name,
  scopes,
  createdAt,
  createdBy,
  ...times
}: StoredKey): KeySummary => ({
  ...{ id, name, scopes, createdAt, createdBy },
  ...(bot && { userUUID: bot.userUUID }),
  ...(times.lastUsedAt !== undefined && { lastUsedAt: times.lastUsedAt }),
  ...(times.expiresAt !== undefined && { expiresAt: times.expiresAt }),
});
