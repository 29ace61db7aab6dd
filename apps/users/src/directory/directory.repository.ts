import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import { usernameKey } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { ALIKE_FORMS } from '../names/alike-forms.js';
import { claimUsername } from '../redis/claim-username.js';
import { forgetUser } from '../redis/forget-user.js';
import { indexAlikes } from '../redis/index-alikes.js';
import { UsersKeys } from '../redis/keys.js';
import { purgeUser } from '../redis/purge-user.js';
import type { Directory } from './directory.js';

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

  async forget(userUUID: string): Promise<void> {
    const [user] = await this.find([userUUID]);
    if (user !== undefined) await forgetUser(this.redis, this.keys, user);
  }

  async find(UUIDs: readonly string[]): Promise<(Identity | undefined)[]> {
    if (UUIDs.length === 0) return [];
    const names = await this.redis.hmget(this.keys.directory.names(), ...UUIDs);
    return UUIDs.map((UUID, index) => {
      const Username = names[index];
      return typeof Username === 'string' ? { UUID, Username } : undefined;
    });
  }

  async findNamed(names: readonly string[]): Promise<Identity[]> {
    if (names.length === 0) return [];
    const found = await this.redis.hmget(this.keys.directory.index(), ...names.map(usernameKey));
    const users = await this.find([...new Set(found.filter((UUID) => UUID !== null))]);
    return users.filter((user) => user !== undefined);
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

  async indexAlikes(most: number): Promise<number> {
    const { order, indexed } = this.keys.directory;
    const from = (await this.redis.hget(indexed(), ALIKE_FORMS)) ?? '0';
    const page = await this.redis.zrange(
      order(),
      `(${from}`,
      '+inf',
      'BYSCORE',
      'LIMIT',
      0,
      most,
      'WITHSCORES',
    );
    const to = page.at(-1);
    if (to === undefined) return 0;
    const UUIDs = page.filter((_, index) => index % 2 === 0);
    const users = (await this.find(UUIDs)).filter((user) => user !== undefined);
    await indexAlikes(this.redis, this.keys, { users, from, to });
    return UUIDs.length;
  }
}
