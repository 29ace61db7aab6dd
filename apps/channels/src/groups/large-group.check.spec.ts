import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Identity, newGroupId } from '@parley/contracts';
import { type OwnRedis, startRedis } from '@parley/testing';
import { ChannelsService } from '../channels.service.js';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import { LogsService } from '../logs.service.js';
import { PostsService } from '../posts.service.js';

jest.setTimeout(300_000);

/** Members that are added in one command. */
const AT_ONCE = 10_000;
/** One record in eight, by a random character, looks how full its shard of the memory is: in groups of any size. */
const LOOKS_HOW_FULL = /^(hlen|scard) \S+:ends:/i;
const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

describe('a group of 100,000 members', () => {
  let server: OwnRedis;
  let lab: ChannelLab;
  beforeAll(async () => {
    server = await startRedis();
    lab = new ChannelLab(server.url);
  });
  afterAll(async () => {
    lab.close();
    await server.remove();
  });

  async function groupOf(size: number) {
    const people = new KnownPeople();
    const directory = people.directory();
    const limits = { membersPerGroup: 1_000_000 };
    const memberships = lab.groupMembers(directory, limits);
    const channels = new ChannelsService(
      lab.repository(),
      lab.inboxService(),
      directory,
      memberships,
      lab.hooks(),
    );
    const posts = new PostsService(
      channels,
      lab.posts(),
      lab.postItems(),
      directory,
      lab.budget(),
      lab.mentions(),
      lab.hooks(),
      lab.webhooks(),
    );
    const logs = new LogsService(
      channels,
      lab.logs(),
      lab.inboxService(),
      directory,
      memberships,
      lab.hooks(),
    );
    const [owner, member] = [people.add(newUser()), people.add(newUser())];
    const channelUUID = newGroupId();
    const group = { user: owner, channelUUID, name: 'large', topic: '', private: false };
    await lab.groupsService(directory, limits).create(group);
    for (let at = 0; at < size - 2; at += AT_ONCE) {
      const users = Array.from({ length: Math.min(AT_ONCE, size - 2 - at) }, () => randomUUID());
      await lab.redis.hset(
        lab.keys.members(channelUUID),
        ...users.flatMap((user, n) => [user, `member ${at + n + 2} 0`]),
      );
      await lab.redis.zadd(lab.keys.roster(channelUUID), ...users.flatMap((user, n) => [at + n + 2, user]));
    }
    await lab.redis.hset(lab.keys.meta(channelUUID), 'members', size - 1, 'joins', size - 1);
    await memberships.invite({ user: owner, channelUUID, userUUIDs: [member.UUID] });
    const target = { channelUUID };
    return {
      people,
      post: (sender: Identity) => posts.post({ sender, target, message: 'hello', key: randomUUID() }),
      join: (user: Identity) =>
        channels.join({
          ...{ key: randomUUID(), user, target, limit: 10, order: 'asc' },
          connection: { gatewayId: 'gateway', SUUID: randomUUID() },
        }),
      subscribe: (user: Identity) => logs.open({ user, target, namesPartner: true }),
      kick: (user: Identity) =>
        memberships.kick({ user: owner, channelUUID, userUUID: user.UUID, ban: false }),
      quit: (user: Identity) => memberships.kick({ user, channelUUID, userUUID: user.UUID, ban: false }),
      owner,
      member,
    };
  }

  /** The commands that Redis runs for something, with what they name; ids are left out. */
  async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
    const watch = await lab.watchCommands();
    await work();
    const seen = (await watch.seen()).map(({ name, args }) => {
      const key = args.find((arg) => arg.startsWith(lab.prefix)) ?? '';
      // Memories of requests are named by when they end.
      const shown = key.replaceAll(UUIDS, '#').replace(/:\d{13}:/, ':ends:');
      return `${name} ${shown} ${name === 'evalsha' ? '' : args.length}`;
    });
    watch.stop();
    const ofWork = seen.filter((each) => !/^(script|info|eval|memory|config)/i.test(each));
    return ofWork.filter((each) => !LOOKS_HOW_FULL.test(each));
  }

  it('costs Redis what one of 101 costs: for a post, a join, a subscription, a way in and a way out', async () => {
    const [small, large] = [await groupOf(101), await groupOf(100_000)];
    const commands = async ({ people, owner, member, ...group }: typeof small) => {
      // What is asked once is asked before, and what is made once is made.
      await group.post(member);
      await group.join(member);
      const [one, two] = [people.add(newUser()), people.add(newUser())];
      return {
        post: await commandsOf(() => group.post(member)),
        join: await commandsOf(() => group.join(member)),
        subscribe: await commandsOf(() => group.subscribe(member)),
        'join of a new member': await commandsOf(() => group.join(one)),
        'subscription of a new member': await commandsOf(() => group.subscribe(two)),
        kick: await commandsOf(() => group.kick(one)),
        'an owner who quits': await commandsOf(() => group.quit(owner)),
      };
    };
    const ofSmall = await commands(small);
    expect(await commands(large)).toEqual(ofSmall);
    for (const seen of Object.values(ofSmall)) {
      expect(seen.length).toBeGreaterThan(2);
      expect(seen.join()).not.toMatch(/hgetall|hkeys|hvals|smembers|hscan/i);
    }
  });
});
