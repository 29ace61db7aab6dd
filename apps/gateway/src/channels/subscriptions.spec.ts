import { describe, expect, it } from '@jest/globals';
import { type ChannelsContract, fanOutChannel, GENERAL_CHANNEL, inboxId, NO_EPOCH } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { eventually } from '@parley/testing';
import { fakeHub } from '../delivery/fixtures/fake-hub.js';
import { membershipsOf, ROLE } from '../delivery/membership.js';
import { type Answers, fakeService } from '../pacing/fixtures/fake-services.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { Inbox } from './inbox.js';
import { Subscriptions } from './subscriptions.js';

const user = { UUID: 'ada', Username: 'Ada' };

/** One signed-in connection, over a channels service whose channels are logs in memory; `secret` is not the user's. */
function setUp(answers: Answers<ChannelsContract> = {}) {
  const parts = fakeHub();
  const { hub, follower, reader, subscriber } = parts;
  const channels = fakeService<ChannelsContract>({
    'channels.open': async ({ target }) => {
      const channelUUID = target.channelUUID ?? GENERAL_CHANNEL;
      const { head } = reader.log(channelUUID);
      await reader.before();
      return { channelUUID, recipientUUID: '', ...head };
    },
    'channels.headsAll': async ({ asked }) => {
      const heads = asked.map(({ channelUUIDs, epochs, recipients }) =>
        channelUUIDs.map((channelUUID, n) =>
          channelUUID === 'secret' && recipients?.[n] !== 'bob'
            ? null
            : { channelUUID, recipientUUID: '', ...reader.log(channelUUID).headFor(epochs?.[n]) },
        ),
      );
      await reader.before();
      return { heads };
    },
    'channels.openInbox': ({ epoch }) => ({ ...reader.log(inboxId('ada')).headFor(epoch), unread: 3 }),
    ...answers,
  });
  const met: string[] = [];
  const partners = { met: (_: unknown, partnerUUID: string) => void met.push(partnerUUID) };
  const subject = new Subscriptions(channels.client, hub, follower, partners);
  const inbox = new Inbox(channels.client, follower);
  const { connection, link } = fakeConnection({ maxBufferedBytes: 1_000_000 });
  connection.signIn({ user, userUUID: user.UUID, sessionId: 's' });
  const store = (channelUUID: string, count: number, isPublished = true) => {
    for (let n = 0; n < count; n += 1) {
      const frame = reader.log(channelUUID).append();
      if (isPublished) subscriber.publish(fanOutChannel('t', channelUUID), frame);
    }
  };
  const subscribe = async (channelUUID?: string) => {
    const { subscribed } = await subject.subscribe(connection, { channelUUID });
    await connection.finish();
    return subscribed;
  };
  const resume = async (
    positions: { channelUUID: string; epoch?: string; seq: number; recipientUUID?: string }[],
  ) => {
    const { epoch } = reader.log('any');
    const channelsAnswer = await subject.resume(
      connection,
      positions.map((position) => ({ epoch, ...position })),
    );
    await connection.finish();
    return channelsAnswer;
  };
  return { ...parts, channels, subject, inbox, connection, link, store, subscribe, resume };
}

const EPOCH = '00000001-0000-4000-8000-000000000000';
const NEXT_EPOCH = EPOCH.replace('1', '2');

describe('Subscriptions', () => {
  it('begin after the newest message, and deliver each later one', async () => {
    const { subscribe, store, link } = setUp();
    store('c', 3);
    expect(await subscribe('c')).toEqual({ channelUUID: 'c', epoch: EPOCH, seq: 3 });
    store('c', 2);
    expect(link.frames).toEqual(['1/4', '1/5']);
  });

  it('miss nothing that is published while the position of the log is being read', async () => {
    const { subscribe, store, link, reader } = setUp();
    reader.before = () => store('c', 2);
    expect(await subscribe('c')).toMatchObject({ seq: 0 });
    expect(link.frames).toEqual(['1/1', '1/2']);
  });

  it('are at most 256, and a channel subscribed twice counts once', async () => {
    const { subscribe, connection, hub } = setUp();
    for (let n = 1; n <= 256; n += 1) await subscribe(`c${n}`);
    await expect(subscribe('c257')).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
    await subscribe('c256');
    expect(connection.memberships).toHaveLength(256);
    expect(hub.size).toBe(256);
  });

  it('end, and may be ended twice', async () => {
    const { subject, subscribe, connection, store, link, hub } = setUp();
    await subscribe('c');
    for (let n = 0; n < 2; n += 1) {
      const frame = await subject.unsubscribe(connection, { channelUUID: 'c' });
      expect(frame.unsubscribed).toEqual({ channelUUID: 'c' });
    }
    store('c', 1);
    expect(link.frames).toEqual([]);
    expect(hub.size).toBe(0);
  });

  it('leave nothing in place when the service does not answer', async () => {
    const { subscribe, connection, hub, reader } = setUp();
    reader.before = () => {
      throw new AppError('UNAVAILABLE');
    };
    await expect(subscribe('c')).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(connection.memberships).toEqual([]);
    expect(hub.size).toBe(0);
  });

  it('resume where the client is, in each channel, and tell what cannot be recovered', async () => {
    const { resume, store, link, reader, connection } = setUp();
    for (const name of ['behind', 'level', 'trimmed', 'turned', 'lost', 'ahead']) store(name, 5);
    reader.log('trimmed').trim(4);
    for (const name of ['turned', 'lost']) reader.log(name).loseTail(2);
    for (const name of ['turned', 'lost']) store(name, 1);
    const answer = await resume([
      { channelUUID: 'behind', seq: 2 },
      { channelUUID: 'level', seq: 5 },
      { channelUUID: 'trimmed', seq: 1 },
      { channelUUID: 'turned', seq: 2 },
      { channelUUID: 'lost', seq: 4 },
      { channelUUID: 'ahead', seq: 6 },
      { channelUUID: 'secret', seq: 0 },
    ]);
    expect(answer).toEqual([
      { channelUUID: 'behind', epoch: EPOCH, seq: 5, recovered: true },
      { channelUUID: 'level', epoch: EPOCH, seq: 5, recovered: true },
      { channelUUID: 'trimmed', epoch: EPOCH, seq: 5, recovered: false },
      { channelUUID: 'turned', epoch: NEXT_EPOCH, seq: 4, recovered: true },
      { channelUUID: 'lost', epoch: NEXT_EPOCH, seq: 4, recovered: false },
      { channelUUID: 'ahead', epoch: EPOCH, seq: 5, recovered: false },
      { channelUUID: 'secret', recovered: false },
    ]);
    const channelEpoch = { channelUUID: 'turned', epoch: NEXT_EPOCH, from: 3 };
    const told = { type: 'sys', sys: { type: 'channelEpoch', channelEpoch } };
    expect(link.frames).toEqual(['1/3', '1/4', '1/5', told, '1/3', '2/4']);
    for (const name of ['behind', 'trimmed', 'turned', 'lost']) store(name, 1);
    expect(link.frames.slice(6)).toEqual(['1/6', '1/6', '2/5', '2/5']);
    expect(connection.memberships).toHaveLength(6);
  });

  it('resume after a failover that lost nothing, without a page of the log, and before its epoch begins', async () => {
    const { resume, store, link, reader } = setUp();
    store('c', 5);
    reader.log('c').failOver(0);
    expect(await resume([{ channelUUID: 'c', seq: 5 }])).toEqual([
      { channelUUID: 'c', epoch: EPOCH, seq: 5, recovered: true },
    ]);
    store('c', 1);
    const told = (from: number) => ({
      type: 'sys',
      sys: { type: 'channelEpoch', channelEpoch: { channelUUID: 'c', epoch: NEXT_EPOCH, from } },
    });
    await eventually(() => expect(link.frames).toEqual([told(5), '2/6']));
    reader.asked.length = 0;
    const other = setUp();
    other.reader.logs.set('c', reader.log('c'));
    expect(await other.resume([{ channelUUID: 'c', epoch: EPOCH, seq: 5 }])).toMatchObject([
      { epoch: NEXT_EPOCH, seq: 6, recovered: true },
    ]);
    expect(other.link.frames).toEqual([told(5), '2/6']);
  });

  it('resume from the beginning of a log that nobody had written to', async () => {
    const { resume, store, link, reader } = setUp();
    store('c', 2);
    const answer = await resume([{ channelUUID: 'c', epoch: NO_EPOCH, seq: 0 }]);
    expect(answer).toEqual([{ channelUUID: 'c', epoch: EPOCH, seq: 2, recovered: true }]);
    expect(link.frames.slice(1)).toEqual(['1/1', '1/2']);
    expect(reader.asked).toEqual(['c>0']);
  });

  it("name a private channel's partner, which shows whose it is", async () => {
    const { resume } = setUp();
    const answer = await resume([{ channelUUID: 'secret', seq: 0, recipientUUID: 'bob' }]);
    expect(answer).toMatchObject([{ recovered: true }]);
  });

  it.each([
    ['nothing', 0, true],
    ['messages that the client has', 2, false],
  ])('resume when the log here has not noticed a failover yet that lost %s', async (_, lost, recovered) => {
    const { resume, subscribe, store, link, reader } = setUp();
    await subscribe('c');
    store('c', 5);
    reader.log('c').failOver(lost);
    const seq = 5 - lost;
    expect(await resume([{ channelUUID: 'c', seq: 5 }])).toMatchObject([{ epoch: EPOCH, seq, recovered }]);
    store('c', 1);
    await eventually(() => expect(link.frames.at(-1)).toBe(`2/${seq + 1}`));
    expect(link.frames.filter((frame) => frame.type !== undefined)).toMatchObject([
      { sys: { channelEpoch: { epoch: NEXT_EPOCH, from: seq } } },
    ]);
  });

  it('resume a channel that was trimmed down to just what is missing', async () => {
    const { resume, store, link, reader } = setUp();
    store('c', 5);
    reader.log('c').trim(4);
    expect(await resume([{ channelUUID: 'c', seq: 3 }])).toMatchObject([{ recovered: true, seq: 5 }]);
    expect(link.frames).toEqual(['1/4', '1/5']);
  });

  it('go back to where the client says it is when they are resumed on the same connection', async () => {
    const { resume, subscribe, store, link } = setUp();
    await subscribe('c');
    store('c', 3);
    expect(await resume([{ channelUUID: 'c', seq: 1 }])).toMatchObject([{ recovered: true, seq: 3 }]);
    store('c', 1);
    expect(link.frames).toEqual(['1/1', '1/2', '1/3', '1/2', '1/3', '1/4']);
  });

  it('can be resumed again after a failure, which leaves existing ones in place', async () => {
    const { resume, subscribe, store, connection, reader } = setUp();
    await subscribe('kept');
    store('c', 3);
    reader.before = () => {
      throw new AppError('UNAVAILABLE');
    };
    await expect(resume([{ channelUUID: 'c', seq: 1 }])).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(membershipsOf(connection).map(({ log }) => log.id)).toEqual(['kept']);
    reader.before = () => undefined;
    expect(await resume([{ channelUUID: 'c', seq: 1 }])).toMatchObject([{ recovered: true, seq: 3 }]);
  });

  it('are resumed whatever becomes of those of another connection in the same request', async () => {
    const { subject, resume, store, channels } = setUp({
      'channels.headsAll': ({ asked }) => ({
        outcomes: asked.map(({ channelUUIDs: [channelUUID] }) =>
          channelUUID === 'away'
            ? { error: { name: 'UNAVAILABLE', message: 'away', retryAfterMs: 1_000 } }
            : { heads: [{ channelUUID, recipientUUID: '', epoch: EPOCH, seq: 3, first: 1 }] },
        ),
      }),
    });
    store('c', 3);
    const other = fakeConnection({ maxBufferedBytes: 1_000_000 }).connection;
    other.signIn({ user, userUUID: user.UUID, sessionId: 's' });
    const refused = subject.resume(other, [{ channelUUID: 'away', epoch: EPOCH, seq: 1 }]);
    const answers = Promise.allSettled([resume([{ channelUUID: 'c', seq: 1 }]), refused]);
    expect(await answers).toMatchObject([
      { status: 'fulfilled', value: [{ recovered: true, seq: 3 }] },
      { status: 'rejected', reason: { name: 'UNAVAILABLE', retryAfterMs: 1_000 } },
    ]);
    expect(channels.asked).toHaveLength(1);
  });

  it('are at most 256 after a resume, including the existing ones', async () => {
    const { resume, subscribe } = setUp();
    await subscribe('kept');
    const positions = Array.from({ length: 256 }, (_, n) => ({ channelUUID: `c${n}`, seq: 0 }));
    await expect(resume(positions)).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
    expect(await resume(positions.slice(1))).toHaveLength(255);
  });

  it('deliver each frame once from a channel that is also joined', async () => {
    const { subscribe, hub, connection, store, link } = setUp();
    await subscribe('c');
    const membership = await hub.addMember('c', connection, ROLE.joined);
    store('c', 1);
    hub.removeRole(membership, ROLE.subscribed);
    store('c', 1);
    expect(link.frames).toEqual(['1/1', '1/2']);
  });
});

describe('Inbox', () => {
  it.each([
    ['without a position, from the newest on', {}, 5, true, []],
    ['from where the client is', { epoch: EPOCH, seq: 3 }, 5, true, ['1/4', '1/5']],
    ['from the newest when the position is of another epoch', { epoch: 'x', seq: 3 }, 5, false, []],
    ['from the newest when the position is ahead', { epoch: EPOCH, seq: 9 }, 5, false, []],
    ['from the newest when the items are gone', { epoch: EPOCH, seq: 0 }, 5, false, []],
  ])('opens %s', async (_, position, seq, recovered, missed) => {
    const { inbox, connection, link, store, reader } = setUp();
    store(inboxId('ada'), 5);
    reader.log(inboxId('ada')).trim(2);
    const frame = await inbox.open(connection, position);
    expect(frame.inbox).toEqual({ epoch: EPOCH, seq, unread: 3, recovered });
    expect(link.frames).toEqual([]);
    await connection.finish();
    store(inboxId('ada'), 1);
    expect(link.frames).toEqual([...missed, '1/6']);
  });

  it('is told of a new epoch, and continues in it', async () => {
    const { inbox, connection, link, store, reader } = setUp();
    const id = inboxId('ada');
    store(id, 3);
    await inbox.open(connection, {});
    await connection.finish();
    store(id, 2);
    reader.log(id).loseTail(1);
    const { epoch } = reader.log(id);
    store(id, 1);
    const told = { type: 'sys', sys: { type: 'inboxEpoch', inboxEpoch: { epoch, from: 4 } } };
    await eventually(() => expect(link.frames).toEqual(['1/4', '1/5', told, '2/5']));
    store(id, 1);
    expect(link.frames.at(-1)).toBe('2/6');
    expect(link.closed).toBeUndefined();
  });

  it('resumes where the next epoch began, and says so', async () => {
    const { inbox, connection, link, store, reader } = setUp();
    const id = inboxId('ada');
    store(id, 3);
    reader.log(id).loseTail(0);
    store(id, 1);
    const frame = await inbox.open(connection, { epoch: EPOCH, seq: 3 });
    expect(frame.inbox).toEqual({ epoch: NEXT_EPOCH, seq: 4, unread: 3, recovered: true });
    await connection.finish();
    expect(link.frames).toEqual(['2/4']);
  });

  it('is closed when items are no longer kept that it did not get', async () => {
    const { inbox, connection, link, store, reader } = setUp();
    const id = inboxId('ada');
    await inbox.open(connection, {});
    await connection.finish();
    store(id, 5, false);
    reader.log(id).trim(4);
    store(id, 1);
    await eventually(() => expect(link.closed).toBe(4009));
  });

  it('leaves nothing in place when the service does not answer', async () => {
    const { inbox, connection, hub } = setUp({
      'channels.openInbox': () => {
        throw new AppError('UNAVAILABLE');
      },
    });
    await expect(inbox.open(connection, {})).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(hub.size).toBe(0);
  });
});
