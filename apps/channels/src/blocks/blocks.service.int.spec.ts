import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ListedUser, privateChannel } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import { BlocksService } from './blocks.service.js';

/** The lists of the users service, of which one user's may be full or away. */
class Lists {
  readonly blocked = new Map<string, Set<string>>();
  isFull = false;
  isAway = false;
  /** How long each change takes at most. */
  slowMs = 0;

  readonly ask = async (pattern: string, { userUUID, otherUUID }: ListedUser): Promise<object> => {
    if (this.isAway) throw new AppError('UNAVAILABLE');
    await pause(Math.random() * this.slowMs);
    const list = this.blocked.get(userUUID) ?? new Set();
    if (pattern === 'users.unlistBlocked') list.delete(otherUUID);
    else if (this.isFull && !list.has(otherUUID)) throw new AppError('LIMIT_REACHED');
    else list.add(otherUUID);
    this.blocked.set(userUUID, list);
    await pause(Math.random() * this.slowMs);
    return {};
  };

  has(userUUID: string, otherUUID: string): boolean {
    return this.blocked.get(userUUID)?.has(otherUUID) ?? false;
  }
}

describe('blocks', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  function setUp() {
    const [people, lists] = [new KnownPeople(), new Lists()];
    const [ada, bob] = [people.add(newUser('ada')), people.add(newUser('bob'))];
    const replica = () => new BlocksService(lab.blocks(), people.directory(), lists as never);
    const repository = lab.blocks();
    const channel = privateChannel(ada.UUID, bob.UUID);
    const posts = lab.posts();
    const post = (from: typeof ada, to: typeof ada, text = 'hi', key = text) =>
      posts.append(
        message(from, text, { channel: privateChannelOf(from.UUID, to.UUID), mark: { clientUUID: key } }),
      );
    const outcome = (posting: Promise<unknown>) =>
      posting.then(
        () => 'stored',
        ({ name, message: text }: Error) => `${name} ${text}`,
      );
    const agree = async () => {
      const mark = await repository.markOf({ user: ada.UUID, partner: bob.UUID });
      expect(lists.has(ada.UUID, bob.UUID)).toBe(mark !== undefined);
      return mark !== undefined;
    };
    return { lists, ada, bob, service: replica(), replica, repository, channel, post, outcome, agree };
  }

  it.each([
    ['that nobody has written to', false],
    ['that was written to, by the one who is blocked first', true],
  ])('refuse the messages of both in a channel %s, and neither is stored', async (_, isOld) => {
    const { ada, bob, service, channel, post, outcome, agree } = setUp();
    if (isOld) await post(bob, ada, 'before');
    const before = await lab.log(channel);
    await service.block({ user: ada, otherUUID: bob.UUID });
    await service.block({ user: ada, otherUUID: bob.UUID });
    expect(await outcome(post(bob, ada))).toBe('BLOCKED This user does not accept your messages.');
    expect(await outcome(post(ada, bob))).toBe('BLOCKED You have blocked this user. Unblock them to write.');
    expect(await lab.log(channel)).toEqual(before);
    expect(await agree()).toBe(true);
    await service.unblock({ user: ada, otherUUID: bob.UUID });
    expect([await outcome(post(bob, ada)), await outcome(post(ada, bob))]).toEqual(['stored', 'stored']);
    expect(await agree()).toBe(false);
  });

  it('of two users stand for themselves', async () => {
    const { ada, bob, service, post, outcome } = setUp();
    await service.block({ user: ada, otherUUID: bob.UUID });
    await service.block({ user: bob, otherUUID: ada.UUID });
    await service.unblock({ user: ada, otherUUID: bob.UUID });
    expect(await outcome(post(ada, bob))).toBe('BLOCKED This user does not accept your messages.');
    expect(await outcome(post(bob, ada))).toContain('You have blocked this user');
    await service.unblock({ user: bob, otherUUID: ada.UUID });
    expect(await outcome(post(ada, bob))).toBe('stored');
  });

  it('answer what was stored before them as stored, and stop nothing elsewhere', async () => {
    const { ada, bob, service, post, outcome } = setUp();
    const carol = newUser('carol');
    const stored = await post(bob, ada, 'before');
    await service.block({ user: ada, otherUUID: bob.UUID });
    expect(await post(bob, ada, 'before')).toMatchObject({ UUID: stored.UUID, duplicate: true });
    expect(await outcome(post(bob, carol))).toBe('stored');
    expect(await outcome(post(ada, ada))).toBe('stored');
  });

  it('have one outcome against posts at the same moment: what is stored is before them', async () => {
    const { ada, bob, service, channel, post, outcome } = setUp();
    const posting = Array.from({ length: 200 }, async (_, n) => {
      await pause(n % 20);
      return outcome(post(bob, ada, `m ${n}`));
    });
    await pause(5);
    await service.block({ user: ada, otherUUID: bob.UUID });
    const stored = (await lab.log(channel)).length;
    const outcomes = await Promise.all(posting);
    expect(outcomes.filter((each) => each === 'stored')).toHaveLength(stored);
    expect(await lab.log(channel)).toHaveLength(stored);
  });

  it('agree with the list after any requests at once, at two replicas', async () => {
    const { ada, bob, lists, service, replica, agree } = setUp();
    lists.slowMs = 4;
    const replicas = [service, replica()];
    for (let round = 0; round < 25; round += 1) {
      const requests = Array.from({ length: 6 }, async () => {
        await pause(Math.random() * 6);
        const one = replicas[Math.random() < 0.5 ? 0 : 1]!;
        lists.isFull = Math.random() < 0.2;
        const request = { user: ada, otherUUID: bob.UUID };
        await (Math.random() < 0.5 ? one.block(request) : one.unblock(request)).catch((error: unknown) =>
          expect(error).toMatchObject({ name: 'LIMIT_REACHED' }),
        );
      });
      await Promise.all(requests);
      await agree();
    }
  });

  it('are not kept where the list is full', async () => {
    const { ada, bob, lists, service, post, outcome, agree } = setUp();
    lists.isFull = true;
    const blocking = service.block({ user: ada, otherUUID: bob.UUID });
    await expect(blocking).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
    expect(await agree()).toBe(false);
    expect(await outcome(post(bob, ada))).toBe('stored');
  });

  it('that were interrupted hold, and are completed by the same request or for it', async () => {
    const { ada, bob, lists, service, post, outcome, agree } = setUp();
    const request = { user: ada, otherUUID: bob.UUID };
    lists.isAway = true;
    await expect(service.block(request)).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(await outcome(post(bob, ada))).toContain('BLOCKED');
    lists.isAway = false;
    await service.complete(request);
    expect(await agree()).toBe(true);
    lists.isAway = true;
    await expect(service.unblock(request)).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    lists.isAway = false;
    await service.unblock(request);
    expect(await agree()).toBe(false);
  });

  it('of oneself, of nobody, and those that come late change nothing', async () => {
    const { ada, bob, service, channel } = setUp();
    const block = (otherUUID: string) => service.block({ user: ada, otherUUID });
    await expect(block(ada.UUID)).rejects.toMatchObject({ name: 'INVALID_FIELD' });
    await expect(block(newUser().UUID)).rejects.toMatchObject({ name: 'USER_NOT_FOUND' });
    const late = { deadline: 1, order: 1 };
    const request = { user: ada, otherUUID: bob.UUID };
    await expect(service.block(request, late)).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    await expect(service.unblock(request, late)).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(await lab.redis.keys(`*${channel}*`)).toEqual([]);
  });
});
