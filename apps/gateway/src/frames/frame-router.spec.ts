import { describe, expect, it } from '@jest/globals';
import { AppError, type Request } from '@parley/protocol';
import { createLogger } from '@parley/service-kit';
import { eventually } from '@parley/testing';
import { from, mergeAll, type Observable, of, throwError } from 'rxjs';
import { answeredFrames } from '../metrics.js';
import type { Connection, ConnectionOptions } from '../socket/connection.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { GatewayClasses } from '../socket/gateway-classes.js';
import { AnswerBudget, type AnswerRates } from './answer-budget.js';
import { FrameRouter } from './frame-router.js';

const session = { user: { UUID: 'u', Username: 'U' }, userUUID: 'u', sessionId: 's' };

/** Routes frames of one connection whose handlers are the given ones; a frame with the access key "good" signs in. */
function router(
  handlers: Record<string, (request: Request) => Observable<unknown>> = {},
  options: Partial<ConnectionOptions> = {},
  rates: Partial<AnswerRates> = {},
) {
  const route = (client: Connection, text: string) => subject.route(client, text);
  const messages = Object.entries(handlers).map(([message, callback]) => ({
    message,
    callback: callback as never,
    isAckHandledManually: false,
  }));
  const classes = new GatewayClasses<Connection>();
  classes.add((client) => client.bind(messages));
  const { connection, link } = fakeConnection({ route, classes, ...options });
  const doorkeeper = {
    admit: async (candidate: Connection, { accessKey }: Request) => {
      if (accessKey === 'good') candidate.signIn(session);
    },
  };
  const budget = new AnswerBudget({ user: 0, gateway: 0, ...rates });
  const subject = new FrameRouter(doorkeeper, budget, createLogger('test', 'silent'));
  const send = (frame: object | string) =>
    subject.route(connection, typeof frame === 'string' ? frame : JSON.stringify(frame));
  return { send, connection, link, budget };
}

const answerless = () => of(undefined);

describe('FrameRouter', () => {
  it('hands the checked request to the handler of its type and sends what it returns', async () => {
    const { send, link } = router({ ping: ({ type }) => of({ type: 'pong', pong: { type } }) });
    await send({ type: 'ping', id: 3, ping: null, more: true });
    expect(link.frames).toEqual([{ type: 'pong', pong: { type: 'ping' }, id: 3 }]);
  });

  it('sends every value of a handler that returns several, and none for undefined', async () => {
    const { send, link } = router({ ping: () => from([{ type: 'a' }, undefined, null, { type: 'b' }]) });
    await send({ type: 'ping', id: 'x' });
    expect(link.frames).toEqual([
      { type: 'a', id: 'x' },
      { type: 'b', id: 'x' },
    ]);
  });

  it('charges a long answer while it is being sent', async () => {
    const users = async () => {
      connection.countAnswered(700 * 1_024);
      const began = performance.now();
      await budget.admit({ type: 'users', users: {} } as Request, 'bob');
      heldMs = performance.now() - began;
      return of(undefined);
    };
    let heldMs = 0;
    const { send, connection, budget } = router(
      { users: () => from(users()).pipe(mergeAll()) },
      {},
      { gateway: 1_024 * 1_024 },
    );
    connection.signIn(session);
    await send({ type: 'users' });
    expect(heldMs).toBeGreaterThan(100);
  });

  it('counts a frame by the error that a filter of Nest has answered', async () => {
    const failing = () => {
      connection.fail(new AppError('WRONG_PASSWORD'));
      return of(undefined);
    };
    const { send, connection } = router({ signIn: failing, ping: answerless });
    await send({ type: 'signIn', signIn: { username: 'u', password: 'a wrong one' } });
    await send({ type: 'ping' });
    const { values } = await answeredFrames.get();
    const counted = (type: string) =>
      values.filter(({ metricName, labels }) => metricName?.endsWith('_count') && labels.type === type);
    expect(counted('signIn')).toMatchObject([{ labels: { outcome: 'WRONG_PASSWORD' }, value: 1 }]);
    expect(counted('ping').map(({ labels }) => labels.outcome)).toEqual(['ok']);
  });

  it.each([
    ['{', 'BAD_JSON', null],
    [{ type: 'nope', id: 1 }, 'UNKNOWN_TYPE', { type: 'nope', id: 1 }],
    [{ type: 'users', users: { limit: 0 } }, 'INVALID_FIELD', { type: 'users', users: { limit: 0 } }],
    [{ type: 'users' }, 'NOT_SIGNED_IN', { type: 'users' }],
  ])('answers %j with %s', async (frame, name, payload) => {
    const { send, link } = router({ users: answerless });
    await send(frame);
    expect(link.frames).toMatchObject([{ type: 'error', error: { name, payload } }]);
  });

  it('answers that a type is unknown when no gateway class handles it', async () => {
    const { send, link, connection } = router();
    connection.signIn(session);
    await send({ type: 'ping' });
    await send({ type: 'contacts', id: 1, contacts: {} });
    expect(link.frames).toMatchObject([
      { error: { name: 'UNKNOWN_TYPE' } },
      { id: 1, error: { name: 'UNKNOWN_TYPE' } },
    ]);
  });

  it.each(['ping', 'signUp', 'signIn'])('lets %s through without a session', async (type) => {
    const { send, link } = router({ [type]: () => of({ type: 'ok' }) });
    await send({ type, [type]: { username: 'a', password: 'b' } });
    expect(link.frames).toEqual([{ type: 'ok' }]);
  });

  it('signs in by the pair that any frame may carry, and then handles the frame', async () => {
    const { send, link, connection } = router({ users: () => of({ type: 'users' }) });
    await send({ type: 'users', userUUID: 'u', accessKey: 'good' });
    expect(connection.session).toBe(session);
    expect(link.frames).toEqual([{ type: 'users' }]);
  });

  it('ignores a stale pair on a connection that is signed in', async () => {
    const { send, link, connection } = router({ users: () => of({ type: 'users' }) });
    const other = { ...session, sessionId: 'other' };
    connection.signIn(other);
    await send({ type: 'users', userUUID: 'u', accessKey: 'good' });
    expect(connection.session).toBe(other);
    expect(link.frames).toEqual([{ type: 'users' }]);
  });

  it('answers with the error that a handler throws', async () => {
    const { send, link } = router({
      ping: () => throwError(() => new AppError('RATE_LIMITED', { retryAfterMs: 5 })),
    });
    await send({ type: 'ping', id: 1 });
    expect(link.frames[0]).toMatchObject({ id: 1, error: { name: 'RATE_LIMITED', retryAfterMs: 5 } });
  });

  it.each([
    new Error('ERR secret of Redis'),
    new AppError('INTERNAL', { cause: new Error('ERR secret of Redis') }),
  ])('reports an unknown failure only by a reference: %s', async (failure) => {
    const { send, link } = router({ ping: () => throwError(() => failure) });
    await send({ type: 'ping' });
    const [frame] = link.frames;
    expect(frame).toMatchObject({ error: { name: 'INTERNAL' } });
    expect(frame!.error.message).toMatch(/reference [0-9a-f-]{36}/);
    expect(JSON.stringify(frame)).not.toContain('secret');
  });

  it('refuses frames above the rate without handling them, and stays open', async () => {
    let handled = 0;
    const ping = () => of({ type: 'pong', pong: { n: ++handled } });
    const { connection, link } = router({ ping }, { frameRate: { perSecond: 0.001, burst: 2 } });
    for (let id = 1; id <= 30; id += 1) connection.receive(JSON.stringify({ type: 'ping', id }));
    await eventually(() => expect(link.frames).toHaveLength(30));
    expect(handled).toBe(2);
    expect(link.frames[2]).toMatchObject({ id: 3, error: { name: 'RATE_LIMITED', retryable: true } });
    expect(link.frames[2]!.error.retryAfterMs).toBeGreaterThan(0);
    expect(link.closed).toBeUndefined();
  });

  it('runs follow-up work after the answer', async () => {
    const { send, link, connection } = router({
      ping: () => {
        connection.afterAnswer(() => connection.tell({ type: 'after' }));
        return of({ type: 'pong' });
      },
    });
    await send({ type: 'ping' });
    expect(link.frames).toEqual([{ type: 'pong' }, { type: 'after' }]);
  });

  it('holds a frame that reads while the answers before it are not paid off, and nothing else', async () => {
    const large = { type: 'channelMessages', channelMessages: { text: 'x'.repeat(60_000) } };
    const { send, link } = router(
      { channelMessages: () => of(large), ping: () => of({ type: 'pong' }) },
      { maxBufferedBytes: 1_000_000 },
      { gateway: 200_000 },
    );
    const read = () => send({ type: 'channelMessages', accessKey: 'good', userUUID: 'u' });
    const began = performance.now();
    for (let n = 0; n < 4; n += 1) await read();
    // 44 KB of each count, and half a second's 100 KB are there at first: the fourth waits for 32 KB.
    expect(performance.now() - began).toBeGreaterThan(140);
    expect(link.texts).toHaveLength(4);
    const held = read();
    await send({ type: 'ping' });
    expect(link.texts.map((text) => JSON.parse(text).type).slice(4)).toEqual(['pong']);
    await held;
    expect(link.texts).toHaveLength(6);
  });

  it('reads nothing for a client that went away while its frame was held', async () => {
    let reads = 0;
    const page = () => {
      reads += 1;
      return of({ type: 'channelMessages', channelMessages: { text: 'x'.repeat(200_000) } });
    };
    const { send, connection } = router(
      { channelMessages: page },
      { maxBufferedBytes: 1_000_000 },
      { gateway: 200_000 },
    );
    const read = () => send({ type: 'channelMessages', accessKey: 'good', userUUID: 'u' });
    await read();
    const held = read();
    connection.end();
    await held;
    expect(reads).toBe(1);
  });
});
