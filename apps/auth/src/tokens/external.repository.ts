import { Inject, Injectable } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { claimExternal } from '../redis/claim-external.js';
import { AuthKeys } from '../redis/keys.js';
import { noteShown } from '../redis/note-shown.js';
import { renameExternal } from '../redis/rename-external.js';
import { revokeExternal } from '../redis/revoke-external.js';
import {
  type External,
  type ExternalStore,
  externalId,
  type NewlyShown,
  type NewName,
  type StoredExternal,
} from './external-store.js';

/** How long tokens from before a purge are refused, in milliseconds: longer than tokens should live. */
const PURGED_MS = 30 * 86_400_000;

/** The {@link ExternalStore} in Redis: a hash for each user. */
@Injectable()
export class ExternalRepository implements ExternalStore {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
  ) {}

  async find(id: string): Promise<StoredExternal | undefined> {
    const fields = ['userUUID', 'username', 'wanted', 'shown', 'revokedAt', 'deletedAt'];
    const stored = await this.redis.hmget(this.keys.external(id), ...fields);
    if (stored.every((field) => field === null)) return undefined;
    const [userUUID, username, wanted, shown, revokedAt, deletedAt] = stored.map(
      (field) => field ?? undefined,
    );
    return {
      ...{ userUUID, username, wanted, shown },
      ...(revokedAt && { revokedAt: Number(revokedAt) }),
      ...(deletedAt && { deletedAt: Number(deletedAt) }),
    };
  }

  async names(id: string): Promise<External | undefined> {
    const [issuer, subject] = await this.redis.hmget(this.keys.external(id), 'issuer', 'subject');
    return issuer && subject ? { issuer, subject } : undefined;
  }

  claim(external: External, userUUID: string): Promise<string> {
    return claimExternal(this.redis, this.keys, { ...external, userUUID });
  }

  rename(id: string, name: NewName): Promise<string> {
    return renameExternal(this.redis, this.keys, { id, ...name });
  }

  noteShown(id: string, shown: NewlyShown): Promise<void> {
    return noteShown(this.redis, this.keys, { id, ...shown });
  }

  revoke(external: External): Promise<void> {
    return revokeExternal(this.redis, this.keys, { id: externalId(external), lifeMs: 0 });
  }

  async unrevoke(external: External): Promise<boolean> {
    return (await this.redis.hdel(this.keys.external(externalId(external)), 'revokedAt')) === 1;
  }

  async retire(id: string): Promise<void> {
    const key = this.keys.external(id);
    await this.redis.hsetnx(key, 'deletedAt', String(Date.now()));
    await this.redis.hdel(key, 'username', 'wanted', 'shown', 'issuer', 'subject');
  }

  async purge(id: string): Promise<void> {
    const key = this.keys.external(id);
    await this.redis.hdel(key, 'userUUID', 'username', 'wanted', 'shown', 'issuer', 'subject', 'deletedAt');
    await revokeExternal(this.redis, this.keys, { id, lifeMs: PURGED_MS });
  }
}
