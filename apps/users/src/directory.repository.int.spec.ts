import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { testRedis } from '@parley/testing';
import { DirectoryRepository } from './directory.repository.js';
import { describeDirectory } from './fixtures/directory.suite.js';
import { UsersKeys } from './redis/keys.js';

const { prefix, connect } = testRedis();
const redis = connect();
afterAll(() => redis.quit());

describeDirectory(
  'DirectoryRepository',
  () => new DirectoryRepository(redis, new UsersKeys(`${prefix}-${randomUUID()}`)),
);

describe('DirectoryRepository with 100,000 users', () => {
  it('reads the last page with as many commands as the first', async () => {
    const keys = new UsersKeys(`${prefix}-large`);
    const { names, order } = keys.directory;
    const total = 100_000;
    for (let from = 0; from < total; from += 10_000) {
      const users = Array.from({ length: 10_000 }, (_, index) => from + index);
      await redis.hset(names(), Object.fromEntries(users.map((place) => [`u${place}`, `Name ${place}`])));
      await redis.zadd(order(), ...users.flatMap((place) => [place, `u${place}`]));
    }
    const page = await new DirectoryRepository(redis, keys).page(99_000, 1_000);
    expect(page.total).toBe(total);
    expect(page.users).toHaveLength(1_000);
    expect(page.users.at(-1)).toEqual({ UUID: 'u99999', Username: 'Name 99999' });
    await redis.del(names(), order());
  }, 30_000);
});
