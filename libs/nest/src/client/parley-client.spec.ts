import { describe, expect, it } from '@jest/globals';
import { REST_OPERATION_IDS, restOperation } from '@parley/protocol/rest';
import type { ParleyClientOptions } from './operation-caller.js';
import { ParleyClient } from './parley-client.js';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

const USER = '0197a1b2-0000-7000-8000-000000000001';

const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(value), { status, headers });
const problem = (name: string, status: number, more: object = {}) =>
  json({ name, status, detail: `about ${name}`, instance: 'urn:uuid:r-1', ...more }, status);

/** A client whose requests are answered by these, one after the other; the last one again and again. */
function clientOf(answers: readonly (Response | Error)[], options: Partial<ParleyClientOptions> = {}) {
  const asked: Asked[] = [];
  const ask = async (url: URL, init: RequestInit): Promise<Response> => {
    const body = init.body === undefined ? undefined : JSON.parse(init.body as string);
    const headers = init.headers as Record<string, string>;
    asked.push({ method: init.method!, url: url.href, headers, body });
    const answer = answers[Math.min(asked.length, answers.length) - 1]!;
    if (answer instanceof Error) throw answer;
    return answer.clone();
  };
  const client = new ParleyClient({
    ...{ url: 'https://chat.test', credential: 'pk_a_b', fetch: ask as unknown as typeof fetch, ...options },
  });
  return { client, asked };
}

describe('ParleyClient', () => {
  it('has a method for each operation of the table', async () => {
    const { client } = clientOf([json({})]);
    for (const id of REST_OPERATION_IDS) expect(client[id]).toBeInstanceOf(Function);
  });

  it('never has to guess where a field goes: no operation has one name in two parts', () => {
    for (const id of REST_OPERATION_IDS) {
      const { path, query, body } = restOperation(id);
      const bodies = body === undefined ? [] : 'shape' in body ? [body] : body.options;
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const inQuery = Object.keys(query?.shape ?? {});
      for (const each of bodies.length > 0 ? bodies : [undefined]) {
        const names = [...inPath, ...inQuery, ...Object.keys(each?.shape ?? {})];
        expect([id, names]).toEqual([id, [...new Set(names)]]);
      }
    }
  });

  it('puts fields into path, query and body, and says who asks', async () => {
    const { client, asked } = clientOf([json({ UUID: 'm', Seq: 1 })]);
    expect(await client.postMessage({ channelUUID: 'general', message: 'hi' })).toEqual({
      UUID: 'm',
      Seq: 1,
    });
    await client.listMessages({ channelUUID: 'general', before: 7, limit: 5 });
    await client.addReaction({ channelUUID: 'general', UUID: USER, reaction: '👍/a b' });
    expect(asked).toMatchObject([
      {
        ...{
          method: 'POST',
          url: 'https://chat.test/api/v1/channels/general/messages',
          body: { message: 'hi' },
        },
        headers: { authorization: 'Bearer pk_a_b', 'content-type': 'application/json' },
      },
      {
        ...{ method: 'GET', body: undefined },
        url: 'https://chat.test/api/v1/channels/general/messages?before=7&limit=5',
      },
      {
        method: 'PUT',
        url: `https://chat.test/api/v1/channels/general/messages/${USER}/reactions/%F0%9F%91%8D%2Fa%20b`,
      },
    ]);
    expect(asked[1]!.headers).not.toHaveProperty('idempotency-key');
    expect(asked[1]!.headers).not.toHaveProperty('content-type');
  });

  it('refuses a call without a field of the path, or without an address, before anything is sent', async () => {
    const { client, asked } = clientOf([json({})]);
    await expect(client.getUser({} as never)).rejects.toThrow('getUser: expected userUUID');
    await expect(clientOf([], { url: '' }).client.listContacts()).rejects.toThrow(/^url: expected/);
    expect(asked).toEqual([]);
  });

  it('asks for a user where it may', async () => {
    const { client, asked } = clientOf([json({ users: [] })]);
    await client.asUser(USER).listUsers();
    await client.asUser('external:https://id.test/:7').listUsers();
    await client.listUsers();
    expect(asked.map(({ headers }) => headers['parley-act-as'])).toEqual([
      USER,
      'external:https://id.test/:7',
      undefined,
    ]);
  });

  it('takes the credential again for each attempt, and sends none where nobody has to be signed in', async () => {
    let given = 0;
    const { client, asked } = clientOf([problem('OVERLOADED', 503, { retryable: true }), json({})], {
      credential: async () => `token-${++given}`,
    });
    await client.getUser({ userUUID: 'me' });
    await client.createSession({ token: 'a.b.c' });
    const sent = asked.map(({ headers }) => headers['authorization']);
    expect(sent).toEqual(['Bearer token-1', 'Bearer token-2', undefined]);
    expect(asked[2]!.body).toEqual({ token: 'a.b.c' });
  });

  describe('tries again', () => {
    it('what may succeed later, a write with the same Idempotency-Key', async () => {
      const { client, asked } = clientOf([
        new TypeError('fetch failed'),
        problem('UNAVAILABLE', 503, { retryable: true }),
        json({ UUID: 'm' }, 201),
      ]);
      expect(await client.postMessage({ channelUUID: 'general', message: 'hi' })).toEqual({ UUID: 'm' });
      const keys = asked.map(({ headers }) => headers['idempotency-key']);
      expect(keys).toHaveLength(3);
      expect(new Set(keys).size).toBe(1);
      await client.postMessage({ channelUUID: 'general', message: 'hi' });
      expect(asked[3]!.headers['idempotency-key']).not.toBe(keys[0]);
      await client.postMessage({ channelUUID: 'general', message: 'hi' }, { idempotencyKey: 'own' });
      expect(asked[4]!.headers['idempotency-key']).toBe('own');
    });

    it('not before Parley asks for it', async () => {
      const { client } = clientOf([
        problem('RATE_LIMITED', 429, { retryable: true, retryAfterMs: 300 }),
        json({ users: [] }),
      ]);
      const began = performance.now();
      await client.listUsers();
      expect(performance.now() - began).toBeGreaterThanOrEqual(295);
    });

    it('never where Parley asks for a longer wait than is allowed', async () => {
      const { client, asked } = clientOf([json({}, 429, { 'retry-after': '31' })]);
      await expect(client.listUsers()).rejects.toMatchObject({
        ...{ name: 'RATE_LIMITED', retryAfterMs: 31_000, status: 429 },
      });
      expect(asked).toHaveLength(1);
    });

    it('only so often', async () => {
      const { client, asked } = clientOf([new TypeError('fetch failed')], { retries: 1 });
      await expect(client.listUsers()).rejects.toMatchObject({ name: 'UNAVAILABLE', retryable: true });
      expect(asked).toHaveLength(2);
    });

    it('nothing that its caller has ended', async () => {
      const { client, asked } = clientOf([new TypeError('fetch failed')]);
      const ending = new AbortController();
      ending.abort(new Error('ended'));
      await expect(client.listUsers({}, { signal: ending.signal })).rejects.toThrow('ended');
      expect(asked.length).toBeLessThanOrEqual(1);
    });

    it('nothing that would fail again', async () => {
      const { client, asked } = clientOf([problem('USER_NOT_FOUND', 404, { retryable: false })]);
      await expect(client.getUser({ userUUID: USER })).rejects.toMatchObject({
        ...{ name: 'USER_NOT_FOUND', status: 404, message: 'about USER_NOT_FOUND', requestId: 'r-1' },
        retryable: false,
      });
      expect(asked).toHaveLength(1);
    });
  });

  it.each([
    [502, 'UNAVAILABLE', true],
    [504, 'UNAVAILABLE', true],
    [500, 'INTERNAL', false],
  ])('calls the %i of a proxy %s', async (status, name, retryable) => {
    const { client } = clientOf([new Response('<html>', { status })], { retries: 0 });
    await expect(client.listUsers()).rejects.toMatchObject({ name, retryable, status });
  });

  it('answers nothing where there is no body', async () => {
    const { client } = clientOf([new Response(null, { status: 204 })]);
    expect(await client.addContact({ userUUID: USER })).toBeUndefined();
  });
});
