import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { privateChannel } from '@parley/contracts';
import { masterOf } from '@parley/redis';
import { eventually, type OwnCluster, startCluster } from '@parley/testing';
import { Cluster, Redis } from 'ioredis';
import { readChannelsSettings } from './config.js';
import { type AskingModule, startAsking, startChannels, startPeople } from './fixtures/apps.js';
import { KnownPeople, newUser } from './fixtures/people.js';

const people = new KnownPeople();

/** On a Cluster of three masters, of which one hangs: it holds no keys of the transport. */
describe('the channels service while one master of three is away', () => {
  const ends: (() => unknown)[] = [];
  let own: OwnCluster;
  let redis: Cluster;
  let asking: AskingModule;

  beforeAll(async () => {
    own = await startCluster();
    ends.push(() => own.remove());
    for (const { url } of own.nodes) {
      const node = new Redis(url);
      await node.config('SET', 'cluster-require-full-coverage', 'no');
      node.disconnect();
    }
    redis = own.connect();
    ends.push(() => redis.disconnect());
    await eventually(() => redis.slots.length > 0);
    const settings = readChannelsSettings({
      REDIS_CLUSTER_NODES: own.nodes.map(({ port }) => `127.0.0.1:${port}`).join(','),
      REDIS_PREFIX: 'away',
      LOG_LEVEL: 'fatal',
    });
    for (const app of [await startPeople(people, settings), await startChannels(settings)])
      ends.push(() => app.close());
    const gateway = await startAsking(settings);
    ends.push(() => gateway.app.close());
    asking = gateway.asking;
  }, 60_000);
  afterAll(async () => {
    own.nodes[0]!.signal('SIGCONT');
    for (const end of ends.reverse()) await end();
  });

  const isAway = (log: string) => masterOf(redis, log).endsWith(`:${own.nodes[0]!.port}`);
  /** Friends of a user whose private channels lie on the master that hangs, or on the others. */
  const friends = (user: { UUID: string }, count: number, away: boolean) => {
    const found: ReturnType<typeof newUser>[] = [];
    while (found.length < count) {
      const friend = newUser();
      if (isAway(privateChannel(user.UUID, friend.UUID)) === away) found.push(people.add(friend));
    }
    return found;
  };
  const postTo = (sender: ReturnType<typeof newUser>, recipient: { UUID: string }) => ({
    ...{ sender, target: { recipientUUID: recipient.UUID }, message: 'hello', key: randomUUID() },
  });

  it('answers at once about all that the others hold', async () => {
    // Whose inbox and whose channel with the other lie elsewhere.
    const user = people.add(newUser());
    const [here, away] = [friends(user, 8, false), friends(user, 2, true)];
    const channelOf = (friend: { UUID: string }) => privateChannel(user.UUID, friend.UUID);
    const { outcomes } = await asking.channels.ask('channels.postAll', {
      posts: [...here, ...away].map((friend) => postTo(user, friend)),
    });
    expect(outcomes.filter((outcome) => 'stored' in outcome)).toHaveLength(10);

    own.nodes[0]!.signal('SIGSTOP');
    const known: { [pattern: string]: number[] } = {};
    const options = (pattern: string, count: number) => ({
      ...{ deadlineMs: 2_000, count },
      take: (place: number, outcome: object) => {
        // In the order of places: two masters answer in any order.
        if (!('name' in outcome)) known[pattern] = [...(known[pattern] ?? []), place].sort();
      },
    });
    const logs = [away[0]!, ...here, away[1]!].map(channelOf);
    const asked = [
      { user, channelUUIDs: [channelOf(here[0]!), channelOf(away[0]!)] },
      { user, channelUUIDs: [channelOf(here[0]!), channelOf(here[1]!)] },
    ];
    const requests = [
      asking.channels.askEach('channels.check', { logs }, options('check', logs.length)),
      asking.channels.askEach('channels.headsAll', { asked }, options('headsAll', asked.length)),
    ];
    let isEnded = false;
    const all = Promise.allSettled(requests).then((results) => {
      isEnded = true;
      return results;
    });
    await eventually(() => expect(known).toEqual({ check: [1, 2, 3, 4, 5, 6, 7, 8], headsAll: [1] }));
    expect(isEnded).toBe(false);
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  }, 30_000);
});
