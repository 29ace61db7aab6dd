import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@parley/testing';
import { ask, PATIENCE_MS, TwoGateways } from '../lifecycle/fixtures/two-gateways.js';
import { newUser, problem, RestClient, type RestUser } from './fixtures/rest-client.js';

jest.setTimeout(240_000);

const AT_ONCE = 100;

describe('REST over two gateways', () => {
  let gateways: TwoGateways;
  let rest: RestClient[];
  let ada: RestUser;
  let bob: RestUser;

  beforeAll(async () => {
    gateways = await TwoGateways.start({ CHANNELS_REPLICAS: '2', AUTH_REPLICAS: '2' });
    rest = gateways.stack.gateways.map(({ httpUrl }) => new RestClient(httpUrl));
    [ada, bob] = [await newUser(rest[0]!), await newUser(rest[1]!)];
  });

  afterAll(() => gateways?.stop());

  /** A key under which nothing was done yet. */
  const newKey = (): string => crypto.randomUUID();

  const onBoth = (user: RestUser, call: (client: RestClient) => ReturnType<RestClient['get']>) =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, n) => call(rest[n % 2]!.as(user.accessKey))));

  it('makes a user, signs in and says who that is, without bringing anybody online', async () => {
    const { status, body, headers } = await ada.rest.get('/users/me');
    expect({ status, body }).toEqual({
      status: 200,
      body: { UUID: ada.UUID, Username: ada.Username, OnLine: false, createdAt: expect.any(String) },
    });
    expect(headers.get('etag')).toMatch(/^"[\w-]{22}"$/);
    expect(await rest[1]!.post('/users', { username: ada.Username, password: 'y' })).toMatchObject(
      problem('USERNAME_TAKEN', 409),
    );
  });

  it('asks for a session by whatever URL an operation is reached', async () => {
    const answerTo = (path: string, authorization: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const { hostname, port } = new URL(gateways.stack.gateways[0]!.httpUrl);
        const asked = request({ hostname, port, path, headers: authorization }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asked.on('error', reject).end();
      });
    const signedIn = { authorization: `Bearer ${ada.accessKey}` };
    for (const path of ['/api/v1/users', '/%61pi/v1/users', 'http://chat.example/api/v1/users']) {
      expect({ path, status: await answerTo(path, {}) }).toEqual({ path, status: 401 });
      expect({ path, status: await answerTo(path, signedIn) }).toEqual({ path, status: 200 });
    }
  });

  it('posts as the wire does: subscribers get the frame, and the history has it', async () => {
    const listener = await gateways.signUp(1);
    await ask(listener.client, 'channelJoin');
    const posted = await ada.rest.post('/channels/general/messages', { message: 'by REST' });
    expect(posted.status).toBe(201);
    await listener.client.next(
      ({ channelMessage }) => channelMessage?.UUID === posted.body.UUID,
      PATIENCE_MS,
    );
    const { body } = await bob.rest.get('/channels/general/messages?limit=1');
    expect(body.messages).toMatchObject([
      { UUID: posted.body.UUID, Message: 'by REST', SenderUUID: ada.UUID },
    ]);
  });

  it('stores one message of a post that is sent 100 times at once with one key over both gateways', async () => {
    const headers = { 'idempotency-key': newKey() };
    const replies = await onBoth(ada, (client) =>
      client.post(`/users/${bob.UUID}/messages`, { message: 'once' }, headers),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(replies.map(({ body }) => body.UUID)).size).toBe(1);
    const { body } = await bob.rest.get(`/users/${ada.UUID}/messages`);
    expect(body.messages).toHaveLength(1);
  });

  it('makes one user, and one group, of a request that is sent 100 times at once with one key', async () => {
    const headers = { 'idempotency-key': newKey() };
    const credentials = { username: `once-${newKey()}`, password: 'x' };
    const users = await onBoth(ada, (client) => client.as(undefined).post('/users', credentials, headers));
    expect(new Set(users.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(users.map(({ body }) => body.UUID)).size).toBe(1);
    expect(await rest[0]!.post('/users', credentials)).toMatchObject(problem('USERNAME_TAKEN', 409));
    const group = { name: 'once', private: true };
    const groups = await onBoth(ada, (client) => client.post('/channels', group, headers));
    expect(new Set(groups.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(groups.map(({ body }) => body.channelUUID)).size).toBe(1);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'stores each post once although its gateway gets %s meanwhile',
    async (signal) => {
      const channel = await ada.rest.post('/channels', { name: signal, private: true });
      const path = `/channels/${channel.body.channelUUID}/messages`;
      const before = gateways.pidOf('gateway-1');
      const post = async (n: number): Promise<void> => {
        const headers = { 'idempotency-key': newKey() };
        for (let attempt = 0; ; attempt += 1) {
          const client = rest[attempt % 2]!.as(ada.accessKey);
          const answered = await client.post(path, { message: `${n}` }, headers).catch(() => undefined);
          if (answered?.status === 201) return;
        }
      };
      const posts = Array.from({ length: 40 }, (_, n) => post(n));
      await posts[0];
      gateways.stack.kill('gateway-1', signal);
      posts.push(...Array.from({ length: 40 }, (_, n) => post(40 + n)));
      await Promise.all(posts);
      const { body } = await rest[1]!.as(ada.accessKey).get(`${path}?limit=100`);
      const texts = body.messages.map(({ Message }: { Message: string }) => Number(Message));
      expect(texts.sort((a: number, b: number) => a - b)).toEqual([...Array(80).keys()]);
      await eventually(
        async () => {
          expect(gateways.pidOf('gateway-1')).not.toBe(before);
          expect((await fetch(`${gateways.stack.gateways[0]!.httpUrl}/health/ready`)).status).toBe(200);
        },
        { timeoutMs: 60_000 },
      );
    },
  );
});
