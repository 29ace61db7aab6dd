import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { GENERAL_CHANNEL, type Identity, privateChannel } from '@parley/contracts';
import { eventually, type OwnCluster, startCluster } from '@parley/testing';
import { type Cluster, Redis } from 'ioredis';
import { readChannelsSettings } from '../config.js';
import { type AskingModule, startAsking, startChannels, startPeople } from '../fixtures/apps.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import { PurgeService } from '../purge/purge.service.js';
import { MemoryWatch } from './memory-watch.js';

jest.setTimeout(90_000);

const PREFIX = 'full';
const LARGEST = '😀'.repeat(4_000);
const BURST_BYTES = 64 * 1024;

/** Logs, inboxes and budgets lie in slots of their own on a Cluster. Takes about half a minute. */
describe('what is stored on a Cluster', () => {
  const ends: (() => unknown)[] = [];
  const people = new KnownPeople();
  let own: OwnCluster;
  let redis: Cluster;
  let asking: AskingModule;
  let channels: Awaited<ReturnType<typeof startChannels>>;

  beforeAll(async () => {
    own = await startCluster();
    ends.push(() => own.remove());
    redis = own.connect();
    ends.push(() => redis.disconnect());
    await eventually(() => redis.slots.length > 0);
    const settings = readChannelsSettings({
      REDIS_CLUSTER_NODES: own.nodes.map(({ port }) => `127.0.0.1:${port}`).join(','),
      REDIS_PREFIX: PREFIX,
      LOG_LEVEL: 'fatal',
      USER_STORED_BYTES_PER_SECOND: '16',
      USER_STORED_BYTES_BURST: String(BURST_BYTES),
    });
    const service = await startPeople(people, settings);
    ends.push(() => service.close());
    channels = await startChannels(settings);
    ends.push(() => channels.close());
    const gateway = await startAsking(settings);
    ends.push(() => gateway.app.close());
    asking = gateway.asking;
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function post(sender: Identity, message: string, recipientUUID = '') {
    const posts = [{ sender, target: { recipientUUID }, message, key: randomUUID() }];
    const { outcomes } = await asking.channels.ask('channels.postAll', { posts });
    return outcomes[0]!;
  }

  it('is bounded for a user over channels of all slots', async () => {
    const ada = people.add(newUser('ada'));
    let stored = 0;
    for (; stored < 60; stored += 1) {
      const outcome = await post(ada, LARGEST, people.add(newUser()).UUID);
      if (!('error' in outcome)) continue;
      expect(outcome.error).toMatchObject({ name: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
      break;
    }
    expect(stored).toBeGreaterThanOrEqual(BURST_BYTES / (2 * 4 * 4_100) - 1);
    expect(stored).toBeLessThan(10);
  });

  it('is watched on the fullest master', async () => {
    const memory = channels.get(MemoryWatch);
    await memory.look();
    expect(memory.isNearlyFull).toBe(false);
    const node = new Redis(own.nodes[1]!.url);
    const used = Number(/used_memory:(\d+)/.exec(await node.info('memory'))![1]);
    await node.config('SET', 'maxmemory', Math.ceil(used / 0.9));
    await eventually(() => memory.isNearlyFull);
    await node.config('SET', 'maxmemory', 0);
    node.disconnect();
    await eventually(() => !memory.isNearlyFull);
  });

  it('goes with a purge, in whatever slots it is', async () => {
    const [ada, bob, eve] = [1, 2, 3].map(() => people.add(newUser('purged'))) as [
      Identity,
      Identity,
      Identity,
    ];
    for (const to of ['', bob.UUID, eve.UUID, ada.UUID]) await post(ada, 'the secret of ada', to);
    await post(bob, 'bob to all');
    people.remove(ada);
    const purge = channels.get(PurgeService);
    let cursor = await purge.purgeUser(ada.UUID);
    while (cursor !== undefined) cursor = await purge.purgeUser(ada.UUID, cursor);
    const keys = (
      await Promise.all(redis.nodes('master').map((node) => node.keys(`${PREFIX}:channels:*`)))
    ).flat();
    for (const other of [bob, eve, ada])
      expect(keys.filter((key) => key.includes(privateChannel(ada.UUID, other.UUID)))).toEqual([]);
    expect(keys.filter((key) => key.includes(ada.UUID))).toEqual([]);
    const logs = keys.filter((key) => key.endsWith(':log'));
    const texts = JSON.stringify(await Promise.all(logs.map((key) => redis.xrange(key, '-', '+'))));
    expect(texts).not.toContain('the secret of ada');
    expect(texts).toContain('bob to all');
    expect(logs).toContain(`${PREFIX}:channels:{${GENERAL_CHANNEL}}:log`);
  });
});
