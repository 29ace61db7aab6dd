import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Identity, newGroupId } from '@parley/contracts';
import { createLogger } from '@parley/service-kit';
import { type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { type Channel, generalChannel, groupChannel, privateChannelOf } from '../channel.js';
import { ChannelsService } from '../channels.service.js';
import { changeLog } from '../fixtures/change-log.js';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import type { PostsRepository } from '../posts.repository.js';
import { PostsService } from '../posts.service.js';
import { ReadsService } from './reads.service.js';

jest.setTimeout(900_000);

const USERS = 200;
const PRIVATE_CHANNELS = 29;
const GROUPS = 20;
const OPERATIONS = 20_000;
/** Steps of one operation in each channel after which the service is killed. */
const KILLED_EVERY = 20;
const GATEWAYS = 3;

/** The same numbers each time: a failure can be repeated. (mulberry32) */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

interface Connection {
  readonly user: Identity;
  readonly gatewayId: string;
  readonly SUUID: string;
}

/** A channel as it should be: `numbers[seq]` is how many messages there are up to an entry. */
class ModelChannel {
  readonly numbers = [0];
  readonly cursors = new Map<string, number>();
  readonly joined: Connection[] = [];

  constructor(
    readonly kind: 'general' | 'private' | 'group',
    readonly channelUUID: string,
    readonly members: readonly Identity[],
  ) {}

  get seq(): number {
    return this.numbers.length - 1;
  }
  get total(): number {
    return this.numbers.at(-1)!;
  }
  add(isMessage: boolean): void {
    this.numbers.push(this.total + (isMessage ? 1 : 0));
  }
  readTo({ UUID }: Identity, seq = this.seq): void {
    const number = this.numbers[Math.min(seq, this.seq)]!;
    this.cursors.set(UUID, Math.max(this.cursors.get(UUID) ?? 0, number));
  }
  unread({ UUID }: Identity): number {
    const isJoined = this.joined.some(({ user }) => user.UUID === UUID);
    return isJoined ? 0 : this.total - (this.cursors.get(UUID) ?? 0);
  }
}

type Operation = (replica: Replica) => Promise<unknown>;

/** A replica of the service on a connection of its own, which can die in the middle of everything. */
class Replica {
  private readonly redis: Redis;
  private readonly channels: ChannelsService;
  private readonly posts: PostsService;
  private readonly stored: PostsRepository;
  private readonly reads: ReadsService;
  readonly inboxes;

  constructor(lab: ChannelLab, people: KnownPeople, url: string) {
    this.redis = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
    this.redis.on('error', () => {});
    const directory = people.directory();
    this.inboxes = lab.inboxService(this.redis);
    const members = lab.groupMembers(directory, {}, this.redis);
    this.channels = new ChannelsService(
      lab.repository(this.redis),
      this.inboxes,
      directory,
      members,
      lab.hooks(),
    );
    this.stored = lab.posts({}, this.redis);
    this.posts = new PostsService(
      this.channels,
      this.stored,
      lab.postItems(this.inboxes, undefined, this.stored),
      directory,
      lab.budget(undefined, this.redis),
      lab.mentions(people, this.redis),
      lab.hooks(),
      lab.webhooks(),
    );
    this.reads = new ReadsService(this.channels, lab.reads(this.redis), this.inboxes);
  }

  /** What is under way has happened or not, and nobody is told which. */
  kill(): void {
    this.redis.disconnect();
  }

  async post(channel: ModelChannel, sender: Identity, key: string): Promise<void> {
    await this.posts.post({ sender, target: targetOf(channel, sender), message: 'text', key });
    // What else is written in the general channel some time after a post.
    if (channel.kind === 'general') await this.stored.beforeApplicationShutdown();
  }

  async join(channel: ModelChannel, { user, ...connection }: Connection, key: string): Promise<void> {
    const target = targetOf(channel, user);
    await this.channels.join({ key, user, target, connection, limit: 1, order: 'desc' });
  }

  async leave(channel: ModelChannel, { user, ...connection }: Connection): Promise<void> {
    await this.channels.leave({ user, channel: asChannel(channel, user), connection });
  }

  async read(channel: ModelChannel, user: Identity, seq: number): Promise<number> {
    return (await this.reads.read({ user, target: targetOf(channel, user), seq })).unread;
  }

  async endGateway(gatewayId: string): Promise<void> {
    await this.channels.forgetGateway(gatewayId);
  }
}

const partnerIn = ({ members }: ModelChannel, user: Identity): string =>
  members.find(({ UUID }) => UUID !== user.UUID)!.UUID;
const targetOf = (channel: ModelChannel, user: Identity) => {
  if (channel.kind === 'private') return { recipientUUID: partnerIn(channel, user) };
  return channel.kind === 'group' ? { channelUUID: channel.channelUUID } : {};
};
const asChannel = (channel: ModelChannel, user: Identity): Channel => {
  if (channel.kind === 'private') return privateChannelOf(user.UUID, partnerIn(channel, user));
  return channel.kind === 'group' ? groupChannel(channel.channelUUID) : generalChannel;
};

describe('unread messages', () => {
  let own: OwnRedis;
  let lab: ChannelLab;
  beforeAll(async () => {
    own = await startRedis();
    lab = new ChannelLab(own.url);
    createLogger('channels', 'silent');
  });
  afterAll(async () => {
    lab.close();
    await own.remove();
  });

  it(`equal the model's after ${OPERATIONS} operations of ${USERS} users in 50 channels, with kills`, async () => {
    const random = randomFrom(20_261_129);
    const people = new KnownPeople();
    const users = Array.from({ length: USERS }, (_, n) => people.add(newUser(`user ${n}`)));
    const pick = <T>(some: readonly T[]): T => some[random(some.length)]!;
    const pair = (n: number) => [users[n]!, users[(n * 7 + 1 + n) % USERS]!];
    const channels = [
      new ModelChannel('general', generalChannel.channelUUID, users),
      ...Array.from({ length: PRIVATE_CHANNELS }, (_, n) => {
        const [one, other] = pair(n + 1) as [Identity, Identity];
        return new ModelChannel('private', privateChannelOf(one.UUID, other.UUID).channelUUID, [one, other]);
      }),
      ...Array.from({ length: GROUPS }, () => {
        const members = users.filter(() => random(12) === 0);
        return new ModelChannel('group', newGroupId(), members);
      }),
    ];
    for (const { kind, channelUUID, members } of channels) {
      if (kind !== 'group') continue;
      await lab.redis.hset(lab.keys.meta(channelUUID), { kind, members: members.length, private: 0 });
      const roles = members.flatMap(({ UUID }, n) => [UUID, `member ${n + 1} 0`]);
      await lab.redis.hset(lab.keys.meta(channelUUID).replace(/meta$/, 'members'), ...roles);
    }
    const gateways = Array.from({ length: GATEWAYS }, () => randomUUID() as string);
    let replica = new Replica(lab, people, own.url);
    const counts: Record<string, number> = {};

    /** One operation in a channel: changes the model, and returns what does the same in the service. */
    function operate(channel: ModelChannel): Operation {
      const user = pick(channel.members);
      const kind = pick(['post', 'post', 'post', 'read', 'read', 'join', 'leave', 'change', 'post', 'read']);
      counts[kind] = (counts[kind] ?? 0) + 1;
      if (kind === 'post') {
        channel.add(true);
        channel.readTo(user);
        const key = randomUUID();
        return (to) => to.post(channel, user, key);
      }
      if (kind === 'change') {
        const count = 1 + random(3);
        for (let n = 0; n < count; n += 1) channel.add(false);
        return once(() =>
          changeLog(lab.redis, lab.keys, { channelUUID: channel.channelUUID, count, keep: 1_000_000 }),
        );
      }
      if (kind === 'read') {
        const seq = random(channel.seq + 3);
        channel.readTo(user, seq);
        return (to) => to.read(channel, user, seq);
      }
      if (kind === 'join') {
        const connection = { user, gatewayId: pick(gateways), SUUID: randomUUID() };
        channel.joined.push(connection);
        channel.readTo(user);
        const key = randomUUID();
        return (to) => to.join(channel, connection, key);
      }
      const [connection] = channel.joined.splice(random(channel.joined.length), 1);
      if (connection === undefined) return () => Promise.resolve();
      channel.readTo(connection.user);
      return (to) => to.leave(channel, connection);
    }

    for (let done = 0, step = 1; done < OPERATIONS; done += channels.length, step += 1) {
      const operations = channels.map(operate);
      const running = Promise.allSettled(operations.map((operation) => operation(replica)));
      if (step % KILLED_EVERY === 0) {
        for (let turn = random(6); turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve));
        replica.kill();
        await running;
        replica = new Replica(lab, people, own.url);
        // Nothing of it was answered: the transport hands all of it to another replica.
        await Promise.all(operations.map((operation) => operation(replica)));
      } else for (const outcome of await running) if (outcome.status === 'rejected') throw outcome.reason;
      if (step % (3 * KILLED_EVERY) === 1) {
        const gatewayId = pick(gateways);
        for (const channel of channels) {
          for (const { user } of channel.joined.filter((each) => each.gatewayId === gatewayId))
            channel.readTo(user);
          const left = channel.joined.filter((each) => each.gatewayId !== gatewayId);
          channel.joined.splice(0, channel.joined.length, ...left);
        }
        await replica.endGateway(gatewayId);
      }
    }

    const differences: string[] = [];
    for (const channel of channels) {
      const unread = await Promise.all(channel.members.map((user) => replica.read(channel, user, 0)));
      for (const [at, user] of channel.members.entries()) {
        const expected = channel.unread(user);
        if (unread[at] !== expected)
          differences.push(`${channel.kind} ${user.Username}: ${unread[at]}, not ${expected}`);
      }
    }
    for (const user of users) {
      const mine = channels.filter(({ kind, members }) => kind !== 'general' && members.includes(user));
      const expected = mine.reduce((sum, channel) => sum + channel.unread(user), 0);
      const { unread } = await replica.inboxes.open(user.UUID);
      if (unread !== expected) differences.push(`inbox of ${user.Username}: ${unread}, not ${expected}`);
    }
    expect(differences).toEqual([]);
    const compared = channels.reduce((sum, { members }) => sum + members.length, 0);
    process.stdout.write(`compared ${compared} numbers of unread messages; ${JSON.stringify(counts)}\n`);
    replica.kill();
  });
});

/** A test's own write, which no kill concerns: it is made once. */
function once(write: () => Promise<unknown>): Operation {
  let written: Promise<unknown> | undefined;
  return () => (written ??= write());
}
