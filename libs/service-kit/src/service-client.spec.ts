import { describe, expect, it } from '@jest/globals';
import type { AuthContract, UsersContract } from '@parley/contracts';
import { type RedisRequest, type RedisTransportClient, RedisTransportError } from '@parley/redis-transport';
import { concat, type Observable, of, Subject, throwError } from 'rxjs';
import { ServiceClient } from './service-client.js';

const DEADLINE_MS = 1_234;

/** A client whose transport answers every request with `reply`, and the requests that it has sent. */
const clientThatGets = (reply: ReturnType<RedisTransportClient['send']>, parted: object = {}) => {
  const sent: { pattern: string; request: RedisRequest<unknown> }[] = [];
  const send = (pattern: string, request: RedisRequest<unknown>) => {
    sent.push({ pattern, request });
    return reply;
  };
  const transport = { send, ...parted } as unknown as RedisTransportClient;
  return { sent, client: new ServiceClient<UsersContract>('users', transport, DEADLINE_MS) };
};

const failureOf = (error: unknown) =>
  clientThatGets(throwError(() => error))
    .client.ask('users.renewLease', { gatewayId: 'g1' })
    .catch((failure) => failure);

describe('ServiceClient', () => {
  it('sends a request with the deadline of the settings, and with the key that names it', async () => {
    const { sent, client } = clientThatGets(of({ known: true, renewAfterMs: 1 }));
    expect(await client.ask('users.renewLease', { gatewayId: 'g1' }, { idempotencyKey: 'k' })).toEqual({
      known: true,
      renewAfterMs: 1,
    });
    expect(sent).toMatchObject([
      {
        pattern: 'users.renewLease',
        request: { data: { gatewayId: 'g1' }, options: { deadlineMs: DEADLINE_MS, idempotencyKey: 'k' } },
      },
    ]);
  });

  it('says what a request is about where requests are spread, unless another process may repeat it', async () => {
    const { sent, client } = clientThatGets(of({}), { isParted: true, partitionOf: () => 2 });
    const request = { userUUID: 'u', otherUUID: 'o' };
    await client.ask('users.addContact', request);
    await client.ask('users.addContact', request, { idempotencyKey: 'k', partitionBy: null });
    await client.ask('users.addContact', request, { partitionBy: 'x' });
    expect(sent.map(({ request: { options } }) => options.partitionBy)).toEqual(['u', undefined, 'x']);
    expect(client.partitionOf(() => 'u')).toBe(2);
  });

  it('looks for nothing that a request is about where none is spread', async () => {
    const { sent, client } = clientThatGets(of({}));
    await client.ask('users.addContact', { userUUID: 'u', otherUUID: 'o' });
    expect(sent[0]!.request.options.partitionBy).toBeUndefined();
    const compute = () => {
      throw new Error('is computed');
    };
    expect(client.partitionOf(compute)).toBe(0);
  });

  it('has a full Redis take what only reads, and nothing else', async () => {
    const { sent, client } = clientThatGets(of({ users: [] }));
    await client.ask('users.lookup', { UUIDs: [] });
    await client.ask('users.register', { UUID: 'u', Username: 'n' });
    expect(sent.map(({ request }) => request.options.evenWhenFull)).toEqual([true, false]);
  });

  it('sends what can wait later, unless it is told otherwise', async () => {
    const { sent, client } = clientThatGets(of({ users: [] }));
    await client.ask('users.list', { offset: 0, limit: 1 });
    await client.ask('users.list', { offset: 0, limit: 1 }, { lane: 'now' });
    await client.ask('users.register', { UUID: 'u', Username: 'n' });
    expect(sent.map(({ request }) => request.options.lane)).toEqual(['later', 'now', 'now']);
  });

  it('throws what the service threw, without a cause: what lay underneath is in the log of the service', async () => {
    const failure = await failureOf({ name: 'RATE_LIMITED', message: 'Later.', retryAfterMs: 7 });
    expect(failure).toMatchObject({
      name: 'RATE_LIMITED',
      message: 'Later.',
      retryAfterMs: 7,
      retryable: true,
    });
    expect(failure.cause).toBeUndefined();
  });

  it.each([
    ['OVERLOADED', 'OVERLOADED'],
    ['STORAGE_FULL', 'STORAGE_FULL'],
    ['DEADLINE_EXCEEDED', 'UNAVAILABLE'],
    ['UNAVAILABLE', 'UNAVAILABLE'],
    ['IN_PROGRESS', 'UNAVAILABLE'],
    ['NO_HANDLER', 'UNAVAILABLE'],
    ['CLOSED', 'UNAVAILABLE'],
    ['SET_ASIDE', 'INTERNAL'],
  ] as const)('calls %s of the transport %s, and keeps it as the cause', async (code, name) => {
    const error = new RedisTransportError(code, 'why');
    expect(await failureOf(error)).toMatchObject({ name, cause: error });
  });

  it('turns any other failure into INTERNAL, and keeps it as the cause', async () => {
    expect(await failureOf({ message: 'odd' })).toMatchObject({
      name: 'INTERNAL',
      cause: { message: 'odd' },
    });
  });

  describe('asked about many items', () => {
    const sessions = ['a', 'b', 'c'].map((sessionId) => ({ userUUID: 'u', sessionId }));
    const [ada, bob] = [
      { UUID: 'ada', Username: 'Ada' },
      { UUID: 'bob', Username: 'Bob' },
    ];

    /** Asks about the three sessions; each request gets the next of `replies`. */
    const open = async (...replies: Observable<unknown>[]) => {
      const sent: RedisRequest<unknown>[] = [];
      const send = (_: string, request: RedisRequest<unknown>) => {
        sent.push(request);
        return replies.shift()!;
      };
      const client = new ServiceClient<AuthContract>(
        'auth',
        { send } as unknown as RedisTransportClient,
        DEADLINE_MS,
      );
      const taken: [number, unknown][] = [];
      const asked = client.askEach(
        'auth.openSessions',
        { sessions },
        {
          ...{ count: 3, idempotencyKey: 'k' },
          take: (place, outcome) => taken.push([place, 'user' in outcome ? outcome.user : outcome.name]),
          whole: ({ users }) => users.map((user) => ({ user })),
        },
      );
      return { sent, taken, end: asked.catch((error: unknown) => error) };
    };

    it('passes on each outcome once, as soon as it arrives, whatever run of the request it is from', async () => {
      const parts = new Subject<unknown>();
      const { sent, taken, end } = await open(parts);
      expect(sent[0]).toMatchObject({
        data: { sessions, parts: true },
        options: { deadlineMs: expect.any(Number), idempotencyKey: 'k', inParts: true },
      });
      parts.next({ outcomes: [{ user: ada }], places: [1] });
      expect(taken).toEqual([[1, ada]]);
      parts.next({
        outcomes: [{ user: bob }, { error: { name: 'UNAVAILABLE', message: '' } }],
        places: [1, 0],
      });
      expect(taken.slice(1)).toEqual([[0, 'UNAVAILABLE']]);
      parts.next({ outcomes: [{ user: null }], places: [2] });
      expect(taken.slice(2)).toEqual([[2, null]]);
      expect(await end).toBeUndefined();
    });

    it('understands the one reply of a service of the release before', async () => {
      const { taken, end } = await open(of({ users: [ada, null, bob] }));
      expect(await end).toBeUndefined();
      expect(taken).toEqual([
        [0, ada],
        [1, null],
        [2, bob],
      ]);
    });

    it('fails with what the request fails with; what is known by then is passed on', async () => {
      const known = of({ outcomes: [{ user: ada }], places: [0] });
      const lost = throwError(() => new RedisTransportError('DEADLINE_EXCEEDED', 'late'));
      const { taken, end } = await open(concat(known, lost));
      expect(await end).toMatchObject({ name: 'UNAVAILABLE' });
      expect(taken).toEqual([[0, ada]]);
    });

    it('asks again, with the same key, when a part was lost', async () => {
      const { sent, taken, end } = await open(
        of({ outcomes: [{ user: ada }], places: [2] }),
        of({ outcomes: [{ user: ada }, { user: bob }, { user: bob }] }),
      );
      expect(await end).toBeUndefined();
      expect(sent.map(({ options }) => options.idempotencyKey)).toEqual(['k', 'k']);
      expect(taken).toEqual([
        [2, ada],
        [0, ada],
        [1, bob],
      ]);
    });
  });
});
