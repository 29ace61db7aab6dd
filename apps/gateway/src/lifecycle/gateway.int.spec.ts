import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Stack } from '@parley/local-stack';
import { type AnyFrame, eventually, type TestClient } from '@parley/testing';
import type { Redis } from 'ioredis';
import { carelessClient, DOT_PATHS, getPath } from './fixtures/static-client.js';
import { ask, PATIENCE_MS, post, seqsOf, TwoGateways } from './fixtures/two-gateways.js';

jest.setTimeout(60_000);

describe('two gateways with the real services', () => {
  let gateways: TwoGateways;
  let stack: Stack;
  let redis: Redis;

  beforeAll(async () => {
    // The second one serves another client, behind a proxy.
    const other = { CLIENT_LOCATION: carelessClient(), TRUST_PROXY: 'true' };
    gateways = await TwoGateways.start({ MAX_FRAME_BYTES: '4096' }, (name) =>
      name === 'gateway-2' ? other : {},
    );
    ({ stack, redis } = gateways);
  });

  afterAll(() => gateways?.stop());

  const join = (client: TestClient, recipientUUID = ''): Promise<AnyFrame> =>
    ask(client, 'channelJoin', { recipientUUID });

  const isMessage = (text: string) => (frame: AnyFrame) =>
    frame.type === 'channelMessage' && frame.channelMessage.Message === text;

  const subscribers = async (channelUUID: string) => {
    const channels = (await redis.pubsub('CHANNELS', `*{${channelUUID}}*`)) as string[];
    if (channels.length === 0) return 0;
    const counts = (await redis.pubsub('NUMSUB', ...channels)) as (string | number)[];
    return Number(counts[1]);
  };

  it('serve the page and health on the port of the WebSocket, and metrics on another one', async () => {
    const { httpUrl } = stack.gateways[0]!;
    const page = await fetch(`${httpUrl}/`);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'/);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const parts = [...(await page.text()).matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) {
      const { status, headers } = await fetch(`${httpUrl}/${part}`);
      expect({ status, cache: headers.get('cache-control') }).toEqual({
        status: 200,
        cache: 'public, max-age=31536000, immutable',
      });
    }
    expect((await fetch(`${httpUrl}/health/ready`)).status).toBe(200);
    for (const path of ['/metrics', '/%6detrics', '/metrics/', '//metrics'])
      expect((await getPath(httpUrl, path)).status).toBeGreaterThanOrEqual(400);
    const metrics = await (await fetch(stack.metrics['gateway-1']!)).text();
    expect(metrics).toMatch(/^gateway_connections \d+$/m);
  });

  it('send the scripts of the web client as the build has compressed them, in what the browser takes', async () => {
    const { httpUrl } = stack.gateways[0]!;
    const [, script] = /src="\.(\/assets\/[^"]+\.js)"/.exec((await getPath(httpUrl, '/')).body)!;
    const encodings = [];
    for (const accepted of ['gzip, deflate, br', 'gzip', 'identity']) {
      const { status, headers } = await getPath(httpUrl, script!, { 'accept-encoding': accepted });
      expect({ status, type: headers['content-type'] }).toEqual({
        status: 200,
        type: expect.stringMatching(/javascript; charset=utf-8$/),
      });
      expect(headers.vary).toMatch(/accept-encoding/i);
      encodings.push(headers['content-encoding']);
    }
    expect(encodings).toEqual(['br', 'gzip', undefined]);
  });

  it('leave to a client from outside what it may do, and how long it is kept', async () => {
    const { headers } = await getPath(stack.gateways[1]!.httpUrl, '/', { 'accept-encoding': 'br' });
    expect(headers).not.toHaveProperty('content-security-policy');
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers['cache-control']).toBe('public, max-age=0');
  });

  it('serve no file and no folder whose name begins with a dot', async () => {
    const { httpUrl } = stack.gateways[1]!;
    for (const path of ['/', '/assets/a.js']) expect((await getPath(httpUrl, path)).status).toBe(200);
    for (const path of DOT_PATHS) {
      const { status, body } = await getPath(httpUrl, path);
      expect({ path, isRefused: status >= 400 && status < 500 }).toEqual({ path, isRefused: true });
      expect(body).not.toContain('of ');
    }
  });

  it('send no referrer, let no browser guess a type, and insist on TLS only where a trusted proxy names it', async () => {
    const [plain, proxied] = stack.gateways.map(({ httpUrl }) => httpUrl) as [string, string];
    const [sts, https] = ['strict-transport-security', { 'x-forwarded-proto': 'https' }];
    for (const path of ['/', '/nowhere', '/health/live']) {
      const { headers } = await getPath(proxied, path, https);
      expect(headers).toMatchObject({
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        [sts]: expect.stringMatching(/^max-age=\d{8}$/),
      });
    }
    const others = [
      await getPath(proxied, '/'),
      await getPath(proxied, '/', { 'x-forwarded-proto': 'https, http' }),
      await getPath(plain, '/', https),
    ];
    for (const { headers } of others) expect(headers).not.toHaveProperty(sts);
  });

  it('hold one subscription each for a channel with local members, and none without', async () => {
    const [one, other] = [await gateways.signUp(0), await gateways.signUp(1)];
    const { channelUUID } = (await join(one.client, other.userUUID)).channelJoin;
    expect(await subscribers(channelUUID)).toBe(1);
    await join(other.client, one.userUUID);
    expect(await subscribers(channelUUID)).toBe(2);
    await one.client.ask({ type: 'channelLeave', channelLeave: { recipientUUID: other.userUUID } });
    await eventually(async () => expect(await subscribers(channelUUID)).toBe(1));
    await other.client.drop();
    await eventually(async () => expect(await subscribers(channelUUID)).toBe(0));
  });

  it('end in the state of the last frame when joins and leaves come in one burst', async () => {
    const [one, other] = [await gateways.signUp(0), await gateways.signUp(1)];
    await join(other.client, one.userUUID);
    const channel = { recipientUUID: other.userUUID };
    for (let n = 0; n < 20; n += 1) {
      one.client.send({ type: 'channelJoin', channelJoin: channel });
      one.client.send({ type: 'channelLeave', channelLeave: channel });
    }
    const answer = await join(one.client, other.userUUID);
    expect(answer.channelJoin.users).toHaveLength(2);
    await post(other.client, 'ignored elsewhere');
    const text = 'after the burst';
    other.client.send({
      type: 'channelMessage',
      channelMessage: { recipientUUID: one.userUUID, message: text },
    });
    await one.client.next(isMessage(text), PATIENCE_MS);
    expect(one.client.frames.filter(isMessage(text))).toHaveLength(1);
    expect(await subscribers(answer.channelJoin.channelUUID)).toBe(2);
  });

  it('lose and duplicate nothing between the snapshot of a join and the live frames', async () => {
    const [sender, joiner] = [await gateways.signUp(0), await gateways.signUp(1)];
    await join(sender.client);
    let isSending = true;
    const sending = (async () => {
      for (let n = 0; isSending; n += 1) await post(sender.client, `n${n}`);
    })();
    for (let round = 0; round < 15; round += 1) {
      const client = await gateways.connect(1);
      const { userUUID, accessKey } = joiner;
      client.send({ type: 'channelJoin', userUUID, accessKey, channelJoin: { limit: 1 } });
      const { seq } = (await client.next('channelJoin', PATIENCE_MS)).channelJoin;
      await client.next((frame) => frame.channelMessage?.Seq === seq + 3, PATIENCE_MS);
      expect(seqsOf(client).slice(0, 3)).toEqual([seq + 1, seq + 2, seq + 3]);
      await client.drop();
    }
    isSending = false;
    await sending;
  });

  it('recover automatically when Redis cuts their connections', async () => {
    const [one, other] = [await gateways.signUp(0), await gateways.signUp(1)];
    await join(one.client);
    await join(other.client);
    for (const type of ['pubsub', 'normal']) {
      await redis.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
      await eventually(
        async () => {
          const text = `after ${type} ${Math.random()}`;
          expect(await post(one.client, text)).toMatchObject({ type: 'ack' });
          await other.client.next(isMessage(text), 1_000);
        },
        { timeoutMs: PATIENCE_MS },
      );
    }
    const seqs = seqsOf(other.client);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  });

  it('shut down on SIGTERM: clients get their answers and are told to go elsewhere, and others that they left', async () => {
    const [stays, goes] = [await gateways.signUp(0), await gateways.signUp(1)];
    await join(stays.client);
    await join(goes.client);
    const before = gateways.pidOf('gateway-2');
    // One write: when the first is answered, the gateway has them all.
    const ids = Array.from({ length: 40 }, (_, n) => `drained-${n}`);
    for (const id of ids)
      goes.client.send({ type: 'channelMessage', id, channelMessage: { message: 'before the drain' } });
    await goes.client.next(({ id }) => id === ids[0], PATIENCE_MS);
    stack.kill('gateway-2', 'SIGTERM');
    expect((await goes.client.closed).code).toBe(4001);
    const acks = goes.client.frames.filter(({ type }) => type === 'ack');
    expect(acks.map(({ id }) => id)).toEqual(ids);
    const { uuid } = (
      await stays.client.next((frame) => frame.sys?.signOut?.uuid === goes.userUUID, PATIENCE_MS)
    ).sys.signOut;
    expect(uuid).toBe(goes.userUUID);
    await stays.client.next((frame) => frame.type === 'channelLeave' && frame.userUUID === uuid, PATIENCE_MS);
    await eventually(() => expect(gateways.pidOf('gateway-2')).not.toBe(before), { timeoutMs: 10_000 });
    const moved = await gateways.connect(0);
    const { userUUID, accessKey } = goes;
    moved.send({ type: 'channelJoin', id: 1, userUUID, accessKey });
    expect(await moved.next(({ id }) => id === 1, PATIENCE_MS)).toMatchObject({ type: 'channelJoin' });
  });
});
