import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import type { Credential, CredentialStore } from './credential-store.js';
import { createCredential } from './redis/create-credential.js';
import { AuthKeys } from './redis/keys.js';
import { removeCredential } from './redis/remove-credential.js';
import { replacePasswordHash } from './redis/replace-password-hash.js';

/** The {@link CredentialStore} in Redis. */
@Injectable()
export class CredentialRepository implements CredentialStore {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
  ) {}

  async find(username: string): Promise<Credential | undefined> {
    const key = this.keys.credential(username);
    const [UUID, Username, passwordHash] = await this.redis.hmget(
      key,
      'userUUID',
      'username',
      'passwordHash',
    );
    return UUID && Username && passwordHash ? { user: { UUID, Username }, passwordHash } : undefined;
  }

  create(credential: Credential): Promise<Credential> {
    return createCredential(this.redis, this.keys, credential);
  }

  remove(user: Identity): Promise<void> {
    return removeCredential(this.redis, this.keys, user);
  }

  replaceHash(credential: Credential, newHash: string): Promise<void> {
    return replacePasswordHash(this.redis, this.keys, { credential, newHash });
  }
}
