import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connectRedis } from '@parley/redis';
import { type OwnRedis, startRedis } from '@parley/testing';

let own: OwnRedis;
beforeAll(async () => {
  own = await startRedis({ args: ['--replicaof', '127.0.0.1 1'] });
});
afterAll(() => own?.remove());

it('a client that finds a replica each time reconnects ever more slowly, and writes when there is a master', async () => {
  const client = connectRedis({ REDIS_URL: own.url } as Parameters<typeof connectRedis>[0]);
  const pauses: number[] = [];
  client.on('reconnecting', (pause: number) => pauses.push(pause));
  while (pauses.length < 6) {
    if (client.status !== 'ready') await once(client, 'ready');
    const away = once(client, 'close');
    await expect(client.set('key', 'value')).rejects.toThrow('READONLY');
    await away;
  }
  expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000);
  // Half of it at least, as each one is spread.
  expect(pauses[5]).toBeGreaterThanOrEqual(500);
  if (client.status !== 'ready') await once(client, 'ready');
  await client.call('REPLICAOF', ['NO', 'ONE']);
  expect(await client.set('key', 'value')).toBe('OK');
  client.disconnect();
}, 30_000);
