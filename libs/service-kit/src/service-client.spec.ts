import { describe, expect, it } from '@jest/globals';
import type { UsersContract } from '@parley/contracts';
import { type RedisRequest, type RedisTransportClient, RedisTransportError } from '@parley/redis-transport';
import { of, throwError } from 'rxjs';
import { ServiceClient } from './service-client.js';

const DEADLINE_MS = 1_234;

/** A client whose transport answers every request with `reply`, and the requests that it has sent. */
const clientThatGets = (reply: ReturnType<RedisTransportClient['send']>) => {
  const sent: { pattern: string; request: RedisRequest<unknown> }[] = [];
  const send = (pattern: string, request: RedisRequest<unknown>) => {
    sent.push({ pattern, request });
    return reply;
  };
  const transport = { send } as unknown as RedisTransportClient;
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

  it('has a full Redis take what only reads, and nothing else', async () => {
    const { sent, client } = clientThatGets(of({ users: [] }));
    await client.ask('users.lookup', { UUIDs: [] });
    await client.ask('users.register', { UUID: 'u', Username: 'n' });
    expect(sent.map(({ request }) => request.options.evenWhenFull)).toEqual([true, false]);
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
});
