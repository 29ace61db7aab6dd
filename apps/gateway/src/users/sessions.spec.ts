import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type AuthContract,
  type ChannelsContract,
  GENERAL_CHANNEL,
  type Identity,
  newAccessKey,
  SEALING_KEY_BYTES,
  Sealer,
  sessionOf,
  type UsersContract,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { createLogger } from '@parley/service-kit';
import { eventually } from '@parley/testing';
import { JoinBatcher } from '../channels/join-batcher.js';
import { Joins } from '../channels/joins.js';
import { fakeHub } from '../delivery/fixtures/fake-hub.js';
import { ROLE } from '../delivery/membership.js';
import { GatewayId } from '../gateway-id.js';
import { type Answers, fakeService } from '../pacing/fixtures/fake-services.js';
import type { Connection } from '../socket/connection.js';
import { Connections } from '../socket/connections.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { LeaveTaking } from './leave-taking.js';
import { Presence } from './presence.js';
import type { PresenceNews } from './presence-news.js';
import { Reach } from './reach.js';
import { SealedRequests } from './sealed-requests.js';
import { Sessions } from './sessions.js';
import { SignIns } from './sign-ins.js';

const ada = { UUID: randomUUID(), Username: 'Ada' };
const noPartners = { met: () => undefined };

type Made = ReturnType<typeof fakeConnection>;

const bob = { UUID: randomUUID(), Username: 'Bob' };

/** Sessions over services in which Ada and Bob have accounts; `published` is what everyone is told. */
function setUp(auth: Answers<AuthContract> = {}, users: Answers<UsersContract> = {}, graceMs = 0) {
  const sealingKey = randomBytes(SEALING_KEY_BYTES);
  const sealer = new Sealer(sealingKey);
  const logger = createLogger('test', 'fatal');
  const published: string[] = [];
  const connections = new Connections();
  const news = {
    admit: (connection: Connection) => void connections.signedIn.add(connection),
    dismiss: (connection: Connection) => void connections.signedIn.delete(connection),
    arrived: ({ Username }: Identity, toldId?: string) =>
      void published.push(`signIn ${Username}${toldId ? ' +self' : ''}`),
    departed: ({ Username }: Identity) => void published.push(`signOut ${Username}`),
  } as unknown as PresenceNews;
  const authService = fakeService<AuthContract>({
    'auth.signIn': ({ username }) => {
      const user = username === 'Ada' ? ada : bob;
      const accessKey = newAccessKey(user.UUID);
      return {
        user,
        sessionId: sessionOf(accessKey)!.sessionId,
        accessKey: sealer.seal(accessKey),
        created: false,
      };
    },
    'auth.openSessions': ({ sessions }) => ({
      users: sessions.map(({ userUUID }) => (userUUID === ada.UUID ? ada : bob)),
    }),
    'auth.signOut': () => ({}),
    ...auth,
  });
  const usersService = fakeService<UsersContract>({
    'users.connectAll': () => ({ firsts: [true] }),
    'users.disconnectAll': () => ({ lasts: [true] }),
    ...users,
  });
  const general = { channelUUID: GENERAL_CHANNEL, recipientUUID: '' };
  const channelsService = fakeService<ChannelsContract>({
    'channels.joinAll': () => ({
      outcomes: [{ joined: { ...general, epoch: 'e', seq: 0, messages: [], users: [], usersTotal: 1 } }],
    }),
    'channels.leaveAll': () => ({}),
  });
  const { hub, follower, steps } = fakeHub();
  const gateway = new GatewayId();
  const batcher = new JoinBatcher(channelsService.client, gateway);
  const joins = new Joins(
    channelsService.client,
    batcher,
    hub,
    follower,
    steps,
    gateway,
    noPartners,
    'desc',
    logger,
  );
  const presence = new Presence(usersService.client, gateway, new Reach());
  const signIns = new SignIns(authService.client, new SealedRequests([], logger), sealingKey);
  const sessions = new Sessions(authService.client, presence, joins, connections, news, signIns, logger);
  const leaveTaking = new LeaveTaking(presence, joins, connections, news, { ms: graceMs, most: 10 }, logger);
  const signIn = async (
    username: string,
    { connection, link } = fakeConnection({ maxBufferedBytes: 1e6 }),
  ) => {
    const frame = await sessions.authorize(connection, 'signIn', { username, password: 'x' });
    connection.tell(frame);
    await connection.finish();
    return { connection, link, accessKey: frame.authorized.accessKey };
  };
  return {
    sessions,
    leaveTaking,
    signIn,
    joins,
    hub,
    connections,
    published,
    auth: authService,
    users: usersService,
    channels: channelsService,
  };
}

describe('Sessions', () => {
  it('answers authorized first, then tells the new connection and everyone else', async () => {
    const { signIn, published, connections } = setUp();
    const { connection, link } = await signIn('Ada');
    expect(link.frames.map(({ type }) => type)).toEqual(['authorized', 'sys']);
    expect(published).toEqual(['signIn Ada +self']);
    expect(connections.signedIn.has(connection)).toBe(true);
  });

  it('changes the user of a connection: the channel is left, the first user is taken offline', async () => {
    const { signIn, joins, hub, published, channels, users } = setUp();
    const client = await signIn('Ada');
    await joins.join(client.connection, {});
    await signIn('Bob', client);
    expect(client.connection.session?.user).toEqual(bob);
    expect(client.connection.joined).toBeUndefined();
    expect(hub.size).toBe(0);
    expect(channels.asked.at(-1)).toMatchObject({
      pattern: 'channels.leaveAll',
      request: { leaves: [{ user: ada }] },
    });
    expect(users.asked.map(({ pattern }) => pattern)).toEqual([
      'users.connectAll',
      'users.disconnectAll',
      'users.connectAll',
    ]);
    expect(published).toEqual(['signIn Ada +self', 'signOut Ada', 'signIn Bob +self']);
  });

  it('leaves the channel but stays online when the same user signs in again', async () => {
    const { signIn, joins, published, users } = setUp();
    const client = await signIn('Ada');
    await joins.join(client.connection, {});
    await signIn('Ada', client);
    expect(client.connection.joined).toBeUndefined();
    expect(users.asked.map(({ pattern }) => pattern)).not.toContain('users.disconnectAll');
    expect(published).not.toContain('signOut Ada');
  });

  it('keeps user and channel when a sign-in fails', async () => {
    const { sessions, signIn, joins } = setUp({
      'auth.signUp': () => {
        throw new AppError('USERNAME_TAKEN');
      },
    });
    const { connection } = await signIn('Ada');
    await joins.join(connection, {});
    const attempt = sessions.authorize(connection, 'signUp', { username: 'Bob', password: 'x' });
    await expect(attempt).rejects.toMatchObject({ name: 'USERNAME_TAKEN' });
    expect(connection.session?.user).toEqual(ada);
    expect(connection.joined?.channelUUID).toBe(GENERAL_CHANNEL);
  });

  describe('by the pair of user and access key', () => {
    const accessKey = newAccessKey(ada.UUID);

    it.each([
      ['comes online by it', true, ['signIn Ada +self']],
      ['is online elsewhere', false, []],
    ])('signs in; everyone is told if the user %s', async (_, first, told) => {
      const { sessions, published, connections } = setUp(
        {},
        { 'users.connectAll': () => ({ firsts: [first] }) },
      );
      const { connection } = fakeConnection();
      await sessions.admit(connection, { userUUID: ada.UUID.toUpperCase(), accessKey });
      await connection.finish();
      expect(connection.session?.user).toEqual(ada);
      expect(connections.signedIn.has(connection)).toBe(true);
      expect(published).toEqual(told);
    });

    it.each([
      ['no pair', {}],
      ['a key that is none', { userUUID: ada.UUID, accessKey: 'rubbish' }],
      ['the key of another user', { userUUID: bob.UUID, accessKey }],
    ])('asks nobody about %s', async (_, envelope) => {
      const { sessions, auth } = setUp();
      const { connection } = fakeConnection();
      await sessions.admit(connection, envelope);
      expect(connection.session).toBeUndefined();
      expect(auth.asked).toEqual([]);
    });

    it('signs nobody in by a dead key', async () => {
      const { sessions, connections } = setUp({ 'auth.openSessions': () => ({ users: [null] }) });
      const { connection } = fakeConnection();
      await sessions.admit(connection, { userUUID: ada.UUID, accessKey });
      expect(connection.session).toBeUndefined();
      expect([...connections.sessions()]).toEqual([]);
    });

    it('signs nobody in when the session ends at the same moment', async () => {
      const { sessions, connections } = setUp(
        {},
        {
          'users.connectAll': () => {
            sessions.sessionEnded(sessionOf(accessKey)!);
            return { firsts: [true] };
          },
        },
      );
      const { connection } = fakeConnection();
      const admission = sessions.admit(connection, { userUUID: ada.UUID, accessKey });
      await expect(admission).rejects.toMatchObject({ name: 'SESSION_EXPIRED' });
      expect(connection.session).toBeUndefined();
      expect(connections.signedIn.size).toBe(0);
    });
  });

  it('signs out: the channel is left, the others are told, the connection stays open', async () => {
    const { sessions, signIn, joins, hub, published, connections } = setUp();
    const { connection } = await signIn('Ada');
    await joins.join(connection, {});
    const frame = await sessions.signOut(connection, connection.session!);
    await connection.finish();
    expect(frame).toEqual({ type: 'signOut', signOut: { uuid: ada.UUID } });
    expect(connection).toMatchObject({ session: undefined, joined: undefined, isOpen: true });
    expect(hub.size).toBe(0);
    expect(connections.signedIn.size).toBe(0);
    expect(published.at(-1)).toBe('signOut Ada');
  });

  it('stays signed in when the session cannot be ended', async () => {
    const { sessions, signIn, connections } = setUp({
      'auth.signOut': () => {
        throw new AppError('UNAVAILABLE');
      },
    });
    const { connection } = await signIn('Ada');
    const { sessionId } = connection.session!;
    await expect(sessions.signOut(connection, connection.session!)).rejects.toMatchObject({
      name: 'UNAVAILABLE',
    });
    expect(connection.session?.sessionId).toBe(sessionId);
    expect(connections.isLinked(sessionId, connection)).toBe(true);
  });

  it('answers a sign-out whose connection cannot be taken offline, and then ends it', async () => {
    const { sessions, signIn } = setUp(
      {},
      {
        'users.disconnectAll': () => {
          throw new AppError('UNAVAILABLE');
        },
      },
    );
    let signOut = async (): Promise<void> => undefined;
    const client = fakeConnection({ maxBufferedBytes: 1e6, route: () => signOut() });
    const { connection, link } = await signIn('Ada', client);
    signOut = async () => connection.answer(await sessions.signOut(connection, connection.session!));
    connection.receive('signOut');
    await eventually(() => expect(link.closed).toBe(1001));
    expect(link.frames.at(-1)).toEqual({ type: 'signOut', signOut: { uuid: ada.UUID } });
  });

  it('signs out every connection of a session that has ended, and no other', async () => {
    const { sessions, signIn, published } = setUp(
      {},
      { 'users.disconnectAll': ({ connections }) => ({ lasts: connections.map(() => false) }) },
    );
    const first = await signIn('Ada');
    const second = fakeConnection();
    await sessions.admit(second.connection, { userUUID: ada.UUID, accessKey: first.accessKey });
    const other = await signIn('Ada');
    sessions.sessionEnded(first.connection.session!);
    await eventually(() => expect(second.connection.session).toBeUndefined());
    await eventually(() => expect(first.connection.session).toBeUndefined());
    for (const { link } of [first, second]) {
      expect(link.frames.at(-1)).toEqual({ type: 'signOut', signOut: { uuid: ada.UUID } });
      expect(link.isOpen).toBe(true);
    }
    expect(other.connection.session?.user).toEqual(ada);
    expect(published).not.toContain('signOut Ada');
  });

  it('closes a connection that cannot be signed out cleanly', async () => {
    const { sessions, signIn } = setUp(
      {},
      {
        'users.disconnectAll': () => {
          throw new AppError('UNAVAILABLE');
        },
      },
    );
    const { connection, link } = await signIn('Ada');
    sessions.sessionEnded(connection.session!);
    await eventually(() => expect(link.closed).toBe(1001));
  });

  it.each([
    ['went offline by it', true, ['signOut Ada']],
    ['is online elsewhere', false, []],
  ])(
    'leaves the channel for a connection that is gone; others are told if the user %s',
    async (_, last, told) => {
      let attempts = 0;
      const { leaveTaking, signIn, joins, hub, published, channels } = setUp(
        {},
        {
          'users.disconnectAll': () => {
            attempts += 1;
            if (attempts === 1) throw new AppError('UNAVAILABLE');
            return { lasts: [last] };
          },
        },
      );
      const { connection } = await signIn('Ada');
      await joins.join(connection, {});
      await leaveTaking.connectionEnded(connection);
      expect(attempts).toBe(2);
      expect(hub.size).toBe(0);
      expect(channels.asked.at(-1)?.pattern).toBe('channels.leaveAll');
      expect(published.slice(1)).toEqual(told);
    },
  );

  it('tells nobody else when a user who is already online signs in', async () => {
    const { signIn, published } = setUp({}, { 'users.connectAll': () => ({ firsts: [false] }) });
    const { link } = await signIn('Ada');
    expect(link.frames.map(({ type }) => type)).toEqual(['authorized', 'sys']);
    expect(published).toEqual([]);
  });

  it('tells nobody when a user who is online elsewhere signs out', async () => {
    const { sessions, signIn, published } = setUp({}, { 'users.disconnectAll': () => ({ lasts: [false] }) });
    const { connection } = await signIn('Ada');
    await sessions.signOut(connection, connection.session!);
    await connection.finish();
    expect(published).toEqual(['signIn Ada +self']);
  });

  it('keeps a user whose connection was lost online for a while, but not in the channel', async () => {
    const { leaveTaking, signIn, joins, users, channels } = setUp({}, {}, 60_000);
    const { connection } = await signIn('Ada');
    await joins.join(connection, {});
    await leaveTaking.connectionEnded(connection);
    expect(channels.asked.at(-1)?.pattern).toBe('channels.leaveAll');
    expect(users.asked.map(({ pattern }) => pattern)).toEqual(['users.connectAll']);
    leaveTaking.forgotten();
  });

  it('resumes: signs in by the key, stops following what another user followed, and refuses a dead key', async () => {
    const { sessions, signIn, hub } = setUp({
      'auth.openSessions': ({ sessions: [session] }) => ({
        users: [session!.userUUID === ada.UUID ? ada : null],
      }),
    });
    const { connection, accessKey } = await signIn('Ada');
    const { session } = connection;
    await hub.addMember('c', connection, ROLE.subscribed);
    expect(await sessions.resume(connection, accessKey)).toBe(session);
    expect(hub.size).toBe(1);
    const other = await signIn('Bob');
    await hub.addMember('d', other.connection, ROLE.subscribed);
    await sessions.resume(other.connection, newAccessKey(ada.UUID));
    expect(other.connection.session?.user).toEqual(ada);
    expect(hub.size).toBe(1);
    for (const key of ['rubbish', newAccessKey(bob.UUID)]) {
      const resumed = sessions.resume(fakeConnection().connection, key);
      await expect(resumed).rejects.toMatchObject({ name: 'SESSION_EXPIRED' });
    }
  });

  it('leaves channels while the gateway sends its clients away gradually', async () => {
    const { leaveTaking, signIn, joins, users, channels } = setUp();
    const { connection } = await signIn('Ada');
    await joins.join(connection, {});
    leaveTaking.drain(false);
    await leaveTaking.connectionEnded(connection);
    expect(channels.asked.at(-1)?.pattern).toBe('channels.leaveAll');
    expect(users.asked.map(({ pattern }) => pattern)).toEqual(['users.connectAll']);
  });

  it('reports no single connections while the whole gateway shuts down', async () => {
    const { leaveTaking, signIn, users } = setUp();
    const { connection } = await signIn('Ada');
    leaveTaking.drain(true);
    await leaveTaking.connectionEnded(connection);
    expect(users.asked.map(({ pattern }) => pattern)).toEqual(['users.connectAll']);
  });

  describe('with sessions that tokens began', () => {
    const token = (remainingMs: number) => ({ expiresAt: Date.now() + remainingMs, remainingMs });
    afterEach(() => void jest.useRealTimers());

    const closing = (link: { closed: number | undefined }) => eventually(() => link.closed !== undefined);

    it('says until when the session lives, and closes the connection with 4502 then', async () => {
      const { sessions } = setUp();
      const { connection, link } = fakeConnection();
      const accessKey = newAccessKey(ada.UUID);
      const reply = { user: ada, sessionId: sessionOf(accessKey)!.sessionId, accessKey, created: false };
      const life = token(30);
      const { authorized } = await sessions.begin(connection, { ...reply, token: life });
      expect(authorized).toEqual({
        ...{ userUUID: ada.UUID, accessKey },
        expiresAt: new Date(life.expiresAt).toISOString(),
      });
      await closing(link);
      expect(link.closed).toBe(4502);
    });

    it('closes a connection that came back by the access key as well', async () => {
      const outcomes = [{ user: ada, token: token(30) }];
      const { sessions } = setUp({ 'auth.openSessions': () => ({ outcomes }) });
      const { connection, link } = fakeConnection();
      await sessions.resume(connection, newAccessKey(ada.UUID));
      await closing(link);
      expect(link.closed).toBe(4502);
    });

    it('lets a connection stay whose token is refreshed, that signs out, or that signs in by a password', async () => {
      // A busy machine takes longer for the steps than a token lives here: only the test lets time pass.
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
      const outcomes = [{ user: ada, token: token(30) }];
      const { sessions, signIn } = setUp({ 'auth.openSessions': () => ({ outcomes }) });
      const made = Array.from({ length: 4 }, () => fakeConnection({ maxBufferedBytes: 1e6 }));
      for (const { connection } of made) await sessions.resume(connection, newAccessKey(ada.UUID));
      const [refreshed, signedOut, again] = made as [Made, Made, Made, Made];
      refreshed.connection.limitTo(60_000);
      await sessions.signOut(signedOut.connection, signedOut.connection.signedIn());
      await signIn('Bob', again);
      jest.advanceTimersByTime(30);
      expect(made.map(({ link }) => link.closed)).toEqual([undefined, undefined, undefined, 4502]);
      refreshed.connection.close(1000);
    });
  });
});
