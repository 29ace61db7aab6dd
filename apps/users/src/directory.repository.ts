import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import type { Directory } from './directory.js';
import { claimUsername } from './redis/claim-username.js';
import { forgetUser } from './redis/forget-user.js';
import { UsersKeys } from './redis/keys.js';
import { purgeUser } from './redis/purge-user.js';

/** The {@link Directory} in Redis. */
@Injectable()
export class DirectoryRepository implements Directory {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
  ) {}

  claim(user: Identity): Promise<Identity> {
    return claimUsername(this.redis, this.keys, user);
  }

  forget(userUUID: string): Promise<void> {
    return forgetUser(this.redis, this.keys, { userUUID });
  }

  async find(UUIDs: readonly string[]): Promise<(Identity | undefined)[]> {
    if (UUIDs.length === 0) return [];
    const names = await this.redis.hmget(this.keys.directory.names(), ...UUIDs);
    return UUIDs.map((UUID, index) => {
      const Username = names[index];
      return typeof Username === 'string' ? { UUID, Username } : undefined;
    });
  }

  async purge(UUID: string, Username?: string): Promise<void> {
    const [user] = await this.find([UUID]);
    const name = user?.Username ?? Username;
    if (name !== undefined) await purgeUser(this.redis, this.keys, { UUID, Username: name });
  }

  async page(offset: number, limit: number): Promise<{ total: number; users: Identity[] }> {
    const order = this.keys.directory.order();
    const [total, UUIDs] = await Promise.all([
      this.redis.zcard(order),
      this.redis.zrange(order, offset, String(offset + limit - 1)),
    ]);
    const users = await this.find(UUIDs);
    return { total, users: users.filter((user) => user !== undefined) };
  }
}
