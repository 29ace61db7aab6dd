import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { ChannelsService } from '../channels.service.js';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import { PostsService } from '../posts.service.js';
import { MemoryWatch } from './memory-watch.js';
import { CHARGED_AFTER_BYTES, UNCHARGED_BYTES } from './storage-budget.js';

const KIBIBYTE = 1024;
/** A burst that leaks within hours: so slow a test's time changes nothing. */
const RATE = { perSecond: 16, burst: 256 * KIBIBYTE };
/** The largest message: 4,000 characters of four bytes each. */
const LARGEST = '😀'.repeat(4_000);

describe('what may be stored for one user', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** Replicas of the channels service, and two users. */
  function setUp({ replicas = 1, mark = 1, redis = undefined as Redis | undefined } = {}) {
    const people = new KnownPeople();
    const [ada, bob] = [people.add(newUser('ada')), people.add(newUser('bob'))];
    const memories = Array.from({ length: replicas }, () => new MemoryWatch(redis ?? lab.redis, mark));
    const services = memories.map((memory) => {
      const directory = people.directory();
      const channels = new ChannelsService(
        lab.repository(),
        lab.inboxService(),
        directory,
        lab.groupMembers(directory),
        lab.hooks(),
      );
      const budget = lab.budget(RATE, undefined, memory);
      return new PostsService(
        channels,
        lab.posts(),
        lab.postItems(undefined, budget),
        directory,
        budget,
        lab.mentions(),
        lab.hooks(),
        lab.webhooks(),
      );
    });
    const post = (
      message = LARGEST,
      { replica = 0, sender = ada, clientUUID = `${randomUUID()}`, to = '' } = {},
    ) =>
      services[replica]!.post({
        sender,
        target: { recipientUUID: to },
        message,
        clientUUID,
        key: randomUUID(),
      });
    /** How many of so many messages in a row are stored; then the error of the first that is not. */
    const flood = async (most: number, options: Parameters<typeof post>[1] = {}) => {
      for (let stored = 0; stored < most; stored += 1) {
        const error = await post(LARGEST, options).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) return { stored, error };
      }
      return { stored: most };
    };
    return { ada, bob, memories, post, flood };
  }

  it('is bounded over all replicas, with the time until there is room', async () => {
    const { flood } = setUp({ replicas: 3 });
    const outcomes = [];
    for (const replica of [0, 1, 2]) outcomes.push(await flood(40, { replica }));
    const bytes = outcomes.reduce((sum, { stored }) => sum + stored * 4 * 4_000, 0);
    expect(bytes).toBeGreaterThan(RATE.burst * 0.9);
    expect(bytes).toBeLessThan(RATE.burst + 3 * UNCHARGED_BYTES);
    for (const { error } of outcomes)
      expect(error).toMatchObject({
        name: 'RATE_LIMITED',
        retryable: true,
        retryAfterMs: expect.any(Number),
      });
  });

  it('counts a private message once: its recipient has no copy of it', async () => {
    const { bob, flood } = setUp();
    const { stored } = await flood(40, { to: bob.UUID });
    // Counted twice, it would be half as many. Meanwhile room is made for one or two.
    const { stored: inGeneral } = await flood(40, { sender: bob });
    expect(stored / inGeneral).toBeGreaterThan(0.75);
    expect(stored / inGeneral).toBeLessThan(1.5);
  });

  it('is nobody else’s, and does not refuse what is stored already', async () => {
    const { bob, post, flood } = setUp();
    const first = await post('first', { clientUUID: 'c-1' });
    const { error } = await flood(40);
    expect(error).toMatchObject({ name: 'RATE_LIMITED' });
    expect(await post('first', { clientUUID: 'c-1' })).toEqual(first);
    await expect(post('hi')).rejects.toMatchObject({ name: 'RATE_LIMITED' });
    expect(await post('hi', { sender: bob })).toMatchObject({ Seq: expect.any(Number) });
  });

  it('is charged once for many messages of a person', async () => {
    const { ada, post } = setUp();
    const charged = () => lab.redis.get(lab.keys.storedBytes(ada.UUID));
    for (let n = 0; n < 10; n += 1) await post('a line of talk');
    expect(await charged()).toBeNull();
    for (let n = 0; n < 40; n += 1) await post('a line of talk');
    await eventually(async () => {
      expect(Number((await charged())?.split(' ')[0])).toBeGreaterThanOrEqual(CHARGED_AFTER_BYTES);
    });
    expect(await lab.redis.pttl(lab.keys.storedBytes(ada.UUID))).toBeGreaterThan(0);
  });

  it('is not charged for what is sent again or refused', async () => {
    const { ada, bob, post } = setUp();
    await post(LARGEST, { clientUUID: 'c-1' });
    for (let n = 0; n < 40; n += 1) await post(LARGEST, { clientUUID: 'c-1' });
    const nobody = { to: randomUUID() };
    for (let n = 0; n < 40; n += 1) await post(LARGEST, nobody).catch(() => undefined);
    expect(await post('still open', { sender: ada, to: bob.UUID })).toMatchObject({ Seq: 1 });
  });

  describe('on a Redis that is nearly full', () => {
    let server: OwnRedis;
    let own: ChannelLab;
    beforeAll(async () => {
      server = await startRedis();
      own = new ChannelLab(server.url);
    });
    afterAll(async () => {
      own.close();
      await server.remove();
    });

    it('is less for those who have written in bulk; a person still gets through', async () => {
      const { bob, memories, post, flood } = setUp({ mark: 0.5, redis: own.redis });
      expect(await flood(8)).toEqual({ stored: 8 });
      const used = Number(/used_memory:(\d+)/.exec(await own.redis.info('memory'))![1]);
      await own.redis.config('SET', 'maxmemory', used * 1.5);
      await memories[0]!.look();
      expect(memories[0]!.isNearlyFull).toBe(true);
      await expect(post('more')).rejects.toMatchObject({
        name: 'RATE_LIMITED',
        retryAfterMs: expect.any(Number),
      });
      for (let n = 0; n < 10; n += 1)
        expect(await post('a line of talk', { sender: bob })).toMatchObject({ Seq: expect.any(Number) });
      await own.redis.config('SET', 'maxmemory', used * 10);
      await memories[0]!.look();
      expect(await post('more')).toMatchObject({ Seq: expect.any(Number) });
    });
  });
});
