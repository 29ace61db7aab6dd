import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import type { Credential, CredentialStore } from './credential-store.js';
import { changePassword } from './redis/change-password.js';
import { createCredential, placesIn } from './redis/create-credential.js';
import { AuthKeys } from './redis/keys.js';
import { rememberPlace } from './redis/remember-place.js';
import { removeCredential } from './redis/remove-credential.js';
import { replacePasswordHash } from './redis/replace-password-hash.js';
import { retireCredential } from './redis/retire-credential.js';
import { PLACES_PER_USER } from './sign-in-place.js';

/** The {@link CredentialStore} in Redis. */
@Injectable()
export class CredentialRepository implements CredentialStore {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
  ) {}

  async find(username: string): Promise<Credential | undefined> {
    const key = this.keys.credential(username);
    const fields = ['userUUID', 'username', 'passwordHash', 'places', 'changedBy', 'deletedAt', 'external'];
    const [UUID, Username, passwordHash, places, changedBy, deletedAt, external] = await this.redis.hmget(
      key,
      ...fields,
    );
    if (!UUID || !Username || !passwordHash) return undefined;
    return {
      user: { UUID, Username },
      passwordHash,
      places: placesIn(places),
      ...(changedBy && { changedBy }),
      ...(deletedAt && { isRetired: true }),
      ...(external && { external }),
    };
  }

  create(credential: Credential): Promise<Credential> {
    return createCredential(this.redis, this.keys, credential);
  }

  remove(user: Identity, which?: 'even retired'): Promise<void> {
    return removeCredential(this.redis, this.keys, { user, evenRetired: which !== undefined });
  }

  rememberPlace(user: Identity, place: string): Promise<void> {
    return rememberPlace(this.redis, this.keys, { user, place, most: PLACES_PER_USER });
  }

  replaceHash(credential: Credential, newHash: string): Promise<void> {
    return replacePasswordHash(this.redis, this.keys, { credential, newHash });
  }

  changePassword(credential: Credential, newHash: string, changedBy: string): Promise<boolean> {
    return changePassword(this.redis, this.keys, { credential, newHash, changedBy });
  }

  retire(user: Identity, passwordHash: string, changedBy: string): Promise<boolean> {
    return retireCredential(this.redis, this.keys, { user, passwordHash, changedBy });
  }

  async createdAt(username: string): Promise<number | undefined> {
    const createdAt = await this.redis.hget(this.keys.credential(username), 'createdAt');
    return createdAt ? Number(createdAt) : undefined;
  }
}
