import { describe, expect, it } from '@jest/globals';
import {
  type ChannelRef,
  type ChannelsContract,
  type ChannelTarget,
  encodePublished,
  epochTag,
  fanOutChannel,
  GENERAL_CHANNEL,
  type JoinReply,
  type JoinRequest,
  type LeaveRequest,
  type LeftReply,
  type Part,
  privateChannel,
  type RequestTo,
} from '@parley/contracts';
import { AppError, CLOSE_CODES } from '@parley/protocol';
import { eventually } from '@parley/testing';
import { fakeHub } from '../delivery/fixtures/fake-hub.js';
import { GatewayId } from '../gateway-id.js';
import { fakeService } from '../pacing/fixtures/fake-services.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { messageFrame } from '../socket/fixtures/message-frame.js';
import { JoinBatcher } from './join-batcher.js';
import { Joins } from './joins.js';

const EPOCH = '00000001-0000-4000-8000-000000000000';
const user = { UUID: 'ada', Username: 'Ada' };
const GENERAL = { channelUUID: GENERAL_CHANNEL, recipientUUID: '' };
const PRIVATE = { channelUUID: privateChannel('ada', 'bob'), recipientUUID: 'bob' };

const IDS = { general: GENERAL.channelUUID, private: PRIVATE.channelUUID };

const joinedAt = (ref: typeof GENERAL, seq: number): JoinReply => ({
  ...ref,
  epoch: EPOCH,
  seq,
  messages: [],
  users: [],
  usersTotal: 1,
});

/** What the channels service answers to each join and leave of a request. */
interface Each {
  find(request: RequestTo<ChannelsContract, 'channels.find'>): ChannelRef;
  join(request: JoinRequest): JoinReply;
  leave(request: LeaveRequest): number | null | undefined;
}

/** The joins of one connection over a channels service that knows a general and a private channel. */
function joinsOver(answers: Partial<Each> = {}, outOfStepMs = 30_000) {
  const { hub, follower, steps, subscriber, logger } = fakeHub({ outOfStepMs });
  const publish = (name: keyof typeof IDS, ...seqs: number[]) => {
    const frames = seqs.map((seq) => encodePublished(seq, messageFrame(`${name} ${seq}`), epochTag(EPOCH)));
    subscriber.publish(fanOutChannel('t', IDS[name]), Buffer.concat(frames));
  };
  /** Publishes a notice of the general channel. */
  const tell = (frame: object) =>
    subscriber.publish(fanOutChannel('t', GENERAL_CHANNEL), encodePublished(0, JSON.stringify(frame)));
  const one: Each = {
    find: () => PRIVATE,
    join: ({ target }) => joinedAt(target.recipientUUID === undefined ? GENERAL : PRIVATE, 0),
    leave: () => undefined,
    ...answers,
  };
  const asked: { what: keyof Each; request: unknown }[] = [];
  const channels = fakeService<ChannelsContract>({
    'channels.find': (request) => {
      asked.push({ what: 'find', request });
      return one.find(request);
    },
    'channels.joinAll': ({ joins }) => ({
      outcomes: joins.map((request) => {
        asked.push({ what: 'join', request });
        try {
          return { joined: one.join(request) };
        } catch (error) {
          return { error: error as AppError };
        }
      }),
    }),
    'channels.leaveAll': ({ leaves }): Part<LeftReply> | Record<string, never> => {
      const left = leaves.map((request) => {
        asked.push({ what: 'leave', request });
        return one.leave(request);
      });
      // A service of the version before returns nothing.
      return left.includes(undefined) ? {} : { outcomes: left.map((count) => ({ left: count ?? null })) };
    },
  });
  const gateway = new GatewayId();
  const batcher = new JoinBatcher(channels.client, gateway);
  const met: string[] = [];
  const partners = { met: (_: unknown, partnerUUID: string) => void met.push(partnerUUID) };
  const subject = new Joins(
    channels.client,
    batcher,
    hub,
    follower,
    steps,
    gateway,
    partners,
    'desc',
    logger,
  );
  const { connection, link } = fakeConnection({ maxBufferedBytes: 10_000 });
  connection.signIn({ user, userUUID: user.UUID, sessionId: 's' });
  const join = async (payload: { recipientUUID?: string } = {}) => {
    const frame = await subject.join(connection, payload);
    connection.tell({ type: frame.type });
    await connection.finish();
  };
  return { subject, hub, subscriber, connection, link, publish, tell, join, asked, met };
}

describe('Joins', () => {
  it('delivers, after the answer, what was published during the join and is not in the snapshot', async () => {
    const { join, publish, link } = joinsOver({
      join: () => {
        publish('general', 1, 2, 3);
        return joinedAt(GENERAL, 2);
      },
    });
    await join();
    publish('general', 2, 4);
    expect(link.frames).toEqual([{ type: 'channelJoin' }, 'general 3', 'general 4']);
  });

  it('delivers no notice that is older than the join, not even that of its own leave before', async () => {
    const { subject, join, link, tell, connection } = joinsOver();
    await join();
    tell({ type: 'sys', SUUID: connection.id });
    await subject.leave(connection, {});
    await join();
    tell({ type: 'channelLeave', SUUID: connection.id });
    tell({ type: 'sys', SUUID: connection.id });
    tell({ type: 'sys', SUUID: 'another' });
    expect(link.frames).toEqual([
      { type: 'channelJoin' },
      { type: 'sys', SUUID: connection.id },
      { type: 'channelJoin' },
      { type: 'sys', SUUID: connection.id },
      { type: 'sys', SUUID: 'another' },
    ]);
  });

  it('delivers the notices of others after a join that is not noted, of which no notice follows', async () => {
    const { join, link, tell } = joinsOver({ join: () => ({ ...joinedAt(GENERAL, 0), isNoted: false }) });
    await join();
    tell({ type: 'channelLeave', SUUID: 'another' });
    expect(link.frames).toEqual([{ type: 'channelJoin' }, { type: 'channelLeave', SUUID: 'another' }]);
  });

  it('leaves the earlier channel, whose frames stop with the join', async () => {
    const { join, publish, link, connection, hub, asked } = joinsOver({
      join: ({ target }) => {
        if (target.recipientUUID !== undefined) publish('general', 1);
        return joinedAt(target.recipientUUID === undefined ? GENERAL : PRIVATE, 0);
      },
    });
    await join();
    await join({ recipientUUID: 'bob' });
    publish('general', 2);
    publish('private', 1);
    expect(link.frames).toEqual([{ type: 'channelJoin' }, { type: 'channelJoin' }, 'private 1']);
    expect(asked.at(-1)?.request).toMatchObject({ leave: GENERAL });
    expect(connection.joined).toEqual(PRIVATE);
    expect(hub.size).toBe(1);
  });

  it('says who the partner in a joined private channel is', async () => {
    const { join, met } = joinsOver();
    await join();
    await join({ recipientUUID: 'bob' });
    expect(met).toEqual(['bob']);
  });

  it('changes nothing when a join fails, even for frames that arrive meanwhile', async () => {
    const { join, publish, link, connection, hub } = joinsOver({
      join: ({ target }) => {
        if (target.recipientUUID === undefined) return joinedAt(GENERAL, 0);
        publish('general', 1);
        throw new AppError('USER_NOT_FOUND');
      },
    });
    await join();
    await expect(join({ recipientUUID: 'bob' })).rejects.toMatchObject({ name: 'USER_NOT_FOUND' });
    publish('general', 2);
    expect(link.frames).toEqual([{ type: 'channelJoin' }, 'general 1', 'general 2']);
    expect(connection.joined).toEqual(GENERAL);
    expect(hub.size).toBe(1);
  });

  it('delivers nothing from a channel that may not be joined, and stops following it', async () => {
    const { join, hub, publish, link } = joinsOver({
      join: () => {
        publish('private', 1);
        throw new AppError('FORBIDDEN');
      },
    });
    await expect(join({ recipientUUID: 'bob' })).rejects.toMatchObject({ name: 'FORBIDDEN' });
    expect(hub.size).toBe(0);
    expect(link.frames).toEqual([]);
  });

  it('rolls back an unanswered join after the error, and rejoins the earlier channel', async () => {
    let joins = 0;
    let leaves = 0;
    const { join, asked, connection, publish, link } = joinsOver({
      join: ({ target }) => {
        joins += 1;
        if (joins === 2) throw new AppError('UNAVAILABLE');
        return joinedAt(target.recipientUUID === undefined ? GENERAL : PRIVATE, 0);
      },
      leave: () => {
        leaves += 1;
        if (leaves === 1) throw new AppError('UNAVAILABLE');
      },
    });
    await join();
    await expect(join({ recipientUUID: 'bob' })).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(asked.at(-1)?.what).toBe('join');
    await connection.finish();
    const undone = asked.filter(({ what }) => what !== 'find').slice(-3);
    expect(undone).toMatchObject([
      { what: 'leave', request: { channel: PRIVATE } },
      { what: 'leave', request: { channel: PRIVATE } },
      { what: 'join', request: { target: { channelUUID: IDS.general }, leave: undefined } },
    ]);
    publish('general', 1);
    expect(link.frames.at(-1)).toBe('general 1');
  });

  it('has the client resume elsewhere when a join can be neither confirmed nor undone, and leaves it later', async () => {
    let isAway = true;
    const { join, asked, connection, link } = joinsOver(
      {
        join: () => {
          throw new AppError('UNAVAILABLE');
        },
        find: () => {
          if (isAway) throw new AppError('UNAVAILABLE');
          return PRIVATE;
        },
      },
      50,
    );
    await expect(join({ recipientUUID: 'bob' })).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    await connection.finish();
    expect(link.closed).toBe(CLOSE_CODES.OUT_OF_STEP);
    isAway = false;
    await eventually(() =>
      expect(asked.at(-1)).toMatchObject({ what: 'leave', request: { channel: PRIVATE } }),
    );
    expect(asked.filter(({ what }) => what === 'join')).toHaveLength(1);
  });

  it('rolls nothing back for a channel that could not have been joined', async () => {
    const { join, asked, connection, link } = joinsOver({
      join: () => {
        throw new AppError('UNAVAILABLE');
      },
      find: () => {
        throw new AppError('USER_NOT_FOUND');
      },
    });
    await expect(join({ recipientUUID: 'bob' })).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    await connection.finish();
    expect(asked.at(-1)?.what).toBe('find');
    expect(link.closed).toBeUndefined();
  });

  it('has nothing to take back when the channel could not be subscribed to: no join was sent', async () => {
    const { join, asked, connection, subscriber, publish, link } = joinsOver();
    await join();
    subscriber.confirmation = Promise.reject(new Error('Redis is away'));
    asked.length = 0;
    await expect(join({ recipientUUID: 'bob' })).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    await connection.finish();
    expect(asked).toEqual([]);
    expect(connection.joined).toEqual(GENERAL);
    publish('general', 1);
    expect(link.frames.at(-1)).toBe('general 1');
  });

  it('answers a repeated join of the joined channel, and delivers every message once', async () => {
    let seq = 0;
    const { join, publish, link, asked } = joinsOver({
      join: () => {
        if (seq > 0) publish('general', 1, 2, 3);
        return joinedAt(GENERAL, seq);
      },
    });
    await join();
    seq = 2;
    await join();
    publish('general', 4);
    const answer = { type: 'channelJoin' };
    expect(link.frames).toEqual([answer, 'general 1', 'general 2', answer, 'general 3', 'general 4']);
    expect(asked.at(-1)?.request).toMatchObject({ leave: undefined });
  });

  it.each<[ChannelTarget, ChannelRef]>([
    [{}, GENERAL],
    [{ channelUUID: IDS.general }, GENERAL],
    [{ recipientUUID: 'bob' }, PRIVATE],
    [{ channelUUID: IDS.private }, PRIVATE],
  ])('leaves the joined channel when it is named by %j', async (name, ref) => {
    const { subject, join, connection, hub, asked } = joinsOver();
    await join(ref === PRIVATE ? { recipientUUID: 'bob' } : {});
    const frame = await subject.leave(connection, name);
    expect(frame).toEqual({
      type: 'channelLeave',
      SUUID: connection.id,
      userUUID: 'ada',
      channelLeave: { recipientUUID: ref.recipientUUID },
    });
    expect(asked.at(-1)).toMatchObject({ what: 'leave', request: { channel: ref } });
    expect(connection.joined).toBeUndefined();
    expect(hub.size).toBe(0);
  });

  it.each([0, 2])(
    'says in the answer that %s other connections of the user are still joined',
    async (others) => {
      const { subject, join, connection } = joinsOver({ leave: () => others });
      await join();
      expect(await subject.leave(connection, {})).toMatchObject({ connections: others });
    },
  );

  it.each<ChannelTarget>([{ recipientUUID: 'carol' }, { channelUUID: 'other' }, {}])(
    'answers a leave of %j, which is not joined, and leaves nothing',
    async (name) => {
      const { subject, join, connection, asked } = joinsOver();
      await join({ recipientUUID: 'bob' });
      const frame = await subject.leave(connection, name);
      expect(frame.channelLeave).toEqual({ recipientUUID: name.recipientUUID ?? '' });
      expect(connection.joined).toEqual(PRIVATE);
      expect(asked.map(({ what }) => what)).not.toContain('leave');
    },
  );

  it('keeps the channel when it cannot be left', async () => {
    const { subject, join, connection, publish, link } = joinsOver({
      leave: () => {
        throw new AppError('UNAVAILABLE');
      },
    });
    await join();
    await expect(subject.leave(connection, {})).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    publish('general', 1);
    expect(link.frames.at(-1)).toBe('general 1');
    expect(connection.joined).toEqual(GENERAL);
  });

  it('names a private channel by its partner when it is noted again', async () => {
    const { subject, join, connection, asked } = joinsOver();
    await join({ recipientUUID: 'bob' });
    await subject.noteAgain(connection);
    expect(asked.at(-1)).toMatchObject({
      what: 'join',
      request: { target: { recipientUUID: 'bob' } },
    });
  });

  it('refuses a connection that is not signed in', async () => {
    const { subject, connection } = joinsOver();
    connection.signOut();
    await expect(subject.join(connection, {})).rejects.toMatchObject({ name: 'NOT_SIGNED_IN' });
  });
});
