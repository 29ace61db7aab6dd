import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { encodePublished, epochTag } from '@parley/contracts';
import { AppError, CLOSE_CODES } from '@parley/protocol';
import { eventually } from '@parley/testing';
import type { Session } from '../socket/connection.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { fakeHub } from './fixtures/fake-hub.js';
import type { Followed, Follower, FollowRequest } from './follow.js';
import { membershipIn, ROLE, type Role } from './membership.js';

const session = (userUUID: string) => ({ userUUID }) as Session;

const NOT_ALLOWED = new AppError('FORBIDDEN');

describe('Follower', () => {
  let lab: ReturnType<typeof fakeHub>;
  let follower: Follower;
  let client: ReturnType<typeof fakeConnection>;

  beforeEach(() => {
    lab = fakeHub();
    ({ follower } = lab);
    client = fakeConnection({ maxBufferedBytes: 1_000_000 });
  });

  const publish = (count = 1, id = 'c') => {
    for (let n = 0; n < count; n += 1) lab.hub.find(id)?.receive(lab.reader.log(id).append());
    lab.pace.flush();
  };
  const request = (role: Role, options: Partial<FollowRequest> = {}): FollowRequest => ({
    connection: client.connection,
    role,
    logs: ['c'],
    ...options,
  });
  const begin = async ([log]: readonly Followed[]) => log!.beginAt(lab.reader.log('c').head);
  const subscribe = async () => {
    await follower.follow(request(ROLE.subscribed), begin);
    await client.connection.finish();
  };

  it('sends after the answer what was published since the snapshot, and nothing twice', async () => {
    lab.reader.log('c').append();
    await follower.follow(request(ROLE.subscribed), async (followed) => {
      await begin(followed);
      publish(2);
      client.connection.tell({ type: 'answer' });
    });
    expect(client.link.frames).toEqual([{ type: 'answer' }]);
    await client.connection.finish();
    publish();
    expect(client.link.frames).toEqual([{ type: 'answer' }, '1/2', '1/3', '1/4']);
  });

  it('follows nothing more than before when the request fails', async () => {
    const failing = follower.follow(request(ROLE.joined, { holds: true }), () => Promise.reject(NOT_ALLOWED));
    await expect(failing).rejects.toBe(NOT_ALLOWED);
    expect(lab.hub.size).toBe(0);
  });

  it('keeps the role that it had before a request that fails', async () => {
    await subscribe();
    for (const role of [ROLE.joined, ROLE.subscribed]) {
      const failing = follower.follow(request(role, { holds: true }), () => Promise.reject(NOT_ALLOWED));
      await expect(failing).rejects.toBe(NOT_ALLOWED);
      expect(membershipIn(client.connection, 'c')?.roles).toBe(ROLE.subscribed);
    }
  });

  it.each([
    ['before the error', true, ['1/1', { type: 'error' }]],
    ['as it arrives', false, ['1/1', { type: 'error' }]],
  ])(
    'delivers what was published during a failed request to an existing member %s',
    async (_, holds, frames) => {
      await subscribe();
      const failing = follower.follow(request(ROLE.joined, { holds }), async () => {
        publish();
        expect(client.link.frames).toEqual(holds ? [] : ['1/1']);
        throw NOT_ALLOWED;
      });
      await expect(failing).rejects.toBe(NOT_ALLOWED);
      client.connection.tell({ type: 'error' });
      expect(client.link.frames).toEqual(frames);
    },
  );

  it('gives a member what a snapshot holds before its answer', async () => {
    await subscribe();
    await follower.follow(request(ROLE.joined, { holds: true }), async ([log]) => {
      publish(2);
      const snapshot = lab.reader.log('c').head;
      publish();
      await log!.beginWith(snapshot);
      client.connection.tell({ type: 'answer' });
    });
    await client.connection.finish();
    expect(client.link.frames).toEqual(['1/1', '1/2', { type: 'answer' }, '1/3']);
  });

  it('tells a member of the epoch of a snapshot before its answer, also where the log turns meanwhile', async () => {
    await subscribe();
    const log = lab.reader.log('c');
    await follower.follow(request(ROLE.joined, { holds: true }), async ([followed]) => {
      log.failOver(0);
      publish();
      const snapshot = log.head;
      publish();
      await followed!.beginWith(snapshot);
      client.connection.tell({ type: 'answer' });
    });
    await client.connection.finish();
    await eventually(() => expect(client.link.frames).toHaveLength(4));
    expect(client.link.frames).toMatchObject([
      { sys: { channelEpoch: { epoch: log.epoch, from: 0 } } },
      '2/1',
      { type: 'answer' },
      '2/2',
    ]);
  });

  it('holds frames while it leaves, and continues when it could not leave', async () => {
    await subscribe();
    const member = membershipIn(client.connection, 'c');
    const leaving = follower.unfollow(member, ROLE.subscribed, async () => {
      publish();
      expect(client.link.frames).toEqual([]);
      throw NOT_ALLOWED;
    });
    await expect(leaving).rejects.toBe(NOT_ALLOWED);
    expect(client.link.frames).toEqual(['1/1']);
    await follower.unfollow(member, ROLE.subscribed, async () => publish());
    expect(client.link.frames).toEqual(['1/1']);
    expect(lab.hub.size).toBe(0);
  });

  it('places a client at the same Seq whether the log learns its head before or after', async () => {
    lab.reader.log('c').append();
    const { epoch, seq } = lab.reader.log('c').head;
    const places = [true, false].map(async (isLearntFirst) => {
      const { hub } = fakeHub();
      const { connection } = fakeConnection();
      const member = await hub.addMember('c', connection, ROLE.joined);
      if (isLearntFirst) member.log.learn({ epoch, seq }, 0);
      member.place(epoch, seq);
      if (!isLearntFirst) member.log.learn({ epoch, seq }, 0);
      const isLive = member.goLive();
      return { isLive, after: member.after, epoch: member.epoch, log: hub.find('c')!.seq };
    });
    const [first, second] = await Promise.all(places);
    expect(first).toEqual({ isLive: true, after: seq, epoch, log: seq });
    expect(second).toEqual(first);
  });

  it('has who follows a group resume after a hole, since that may hold the removal of the user', async () => {
    const group = '018c0000-0000-7000-8000-000000000000';
    const log = lab.reader.log(group);
    await follower.follow(request(ROLE.joined, { logs: [group] }), async ([followed]) =>
      followed!.beginAt(log.head),
    );
    await client.connection.finish();
    for (let n = 0; n < 5; n += 1) log.append();
    log.trim(5);
    publish(1, group);
    await eventually(() => expect(client.link.closed).toBe(CLOSE_CODES.OUT_OF_STEP));
  });

  it('has a client resume elsewhere when what it misses cannot be read for too long', async () => {
    lab = fakeHub({ outOfStepMs: 50 });
    ({ follower } = lab);
    await follower.follow(request(ROLE.subscribed), async (followed) => {
      await begin(followed);
      lab.reader.log('c').append();
      lab.reader.log('c').append();
      lab.hub.find('c')!.receive(lab.reader.log('c').published(2));
      lab.reader.before = () => {
        throw new AppError('UNAVAILABLE');
      };
      membershipIn(client.connection, 'c')!.skip();
    });
    await client.connection.finish();
    expect(client.link.closed).toBe(CLOSE_CODES.OUT_OF_STEP);
  });

  it('begins its deadline again with each page that has frames, and only then', async () => {
    lab = fakeHub({ entries: 1 });
    ({ follower } = lab);
    await follower.follow(request(ROLE.subscribed), begin);
    const member = membershipIn(client.connection, 'c')!;
    member.skip();
    publish(4);
    let restarts = 0;
    const restart = () => {
      restarts += 1;
    };
    await follower.bringUp(member, true, { stop: () => undefined, restart });
    expect(client.link.frames).toEqual(['1/1', '1/2', '1/3', '1/4']);
    expect(restarts).toBe(4);
  });

  it('sends nothing to who was removed while the request asked where the log stands', async () => {
    const log = lab.reader.log('c');
    for (let n = 0; n < 3; n += 1) log.append();
    const kick = JSON.stringify({
      type: 'sys',
      sys: { type: 'channelKick', channelKick: { userUUID: 'u' } },
    });
    const head = log.headFor(log.epoch);
    client.connection.signIn(session('u'));
    await follower.follow(request(ROLE.subscribed), async ([followed]) => {
      lab.hub.find('c')!.receive(encodePublished(4, kick, epochTag(log.epoch)));
      log.append();
      log.append();
      followed!.resumeAt({ epoch: head.epoch, seq: 1 }, head);
      await followed!.bringUp();
    });
    await client.connection.finish();
    expect(client.link.frames).toEqual([]);
  });

  it('is the only place that holds, places and goes live', () => {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const callers = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/\.spec\.ts$|fixtures/.test(file))
      .filter((file) =>
        /\.(hold|startHolding|skip|place|goLive)\(/.test(ofOthers(readFileSync(root + file, 'utf8'))),
      );
    expect(callers).toEqual(['delivery/follow.ts']);
  });
});

/** Source text without the calls of an object on itself. */
const ofOthers = (source: string): string =>
  source.replaceAll(/\bthis\.(hold|startHolding|skip|place)\(/g, '');
