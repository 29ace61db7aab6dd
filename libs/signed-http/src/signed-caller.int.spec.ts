import type { lookup } from 'node:dns';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Endpoint, withJson } from '@parley/testing';
import { SignedCaller, type SignedCallerOptions } from './signed-caller.js';
import { readSigningKeys } from './signing-keys.js';

const keys = readSigningKeys(`one:whsec_${Buffer.alloc(32, 7).toString('base64')}`);
const ANSWER_BYTES = 4_096;

describe('SignedCaller', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  const opened = async (answering = withJson({ action: 'allow' })) => {
    const endpoint = await Endpoint.open(answering);
    closers.push(() => endpoint.close());
    return endpoint;
  };
  const callerOf = (options: Partial<SignedCallerOptions> = {}) => {
    const caller = new SignedCaller({
      ...{ keys, connections: 4, answerBytes: ANSWER_BYTES, allowsPrivate: true, ...options },
    });
    closers.push(() => caller.close());
    return caller;
  };
  const callOf = (url: URL, deadlineMs = 20_000) => ({ url, id: 'hook_1', body: '{"a":1}', deadlineMs });
  /** Looks every name up as these addresses, one after the other. */
  const resolving = (...addresses: string[]) =>
    ((_: string, __: unknown, callback: (error: null, found: object[]) => void) => {
      const address = addresses.length > 1 ? addresses.shift()! : addresses[0]!;
      callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
    }) as unknown as typeof lookup;

  it('posts the body, signed, and returns the answer', async () => {
    const endpoint = await opened();
    const answer = await callerOf().call(callOf(endpoint.url));
    expect(answer).toEqual({ status: 200, type: 'application/json', body: '{"action":"allow"}' });
    const [{ headers, body }] = endpoint.received as [(typeof endpoint.received)[0]];
    expect(body).toBe('{"a":1}');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'hook_1',
      'webhook-signature': expect.stringMatching(/^v1,/),
      'webhook-key-id': 'one',
    });
  });

  it('follows no redirect', async () => {
    const target = await opened();
    const endpoint = await opened((_, response) => {
      response.writeHead(307, { location: target.url.href }).end();
    });
    expect(await callerOf().call(callOf(endpoint.url))).toMatchObject({ status: 307 });
    expect(target.received).toEqual([]);
  });

  it('gives up at the deadline, before the head of an answer and in its midst', async () => {
    const silent = await opened(() => undefined);
    const slow = await opened((_, response) => {
      response.writeHead(200).write('{');
    });
    for (const { url } of [silent, slow])
      await expect(callerOf().call(callOf(url, 200))).rejects.toMatchObject({ fault: 'deadline' });
  });

  it('reads no more of an answer than its bound, whether its length is announced or not', async () => {
    const megabyte = Buffer.alloc(1_048_576, 'a');
    const announced = await opened((_, response) => {
      response.end(megabyte);
    });
    const chunked = await opened((_, response) => {
      response.write(megabyte);
    });
    for (const { url } of [announced, chunked])
      await expect(callerOf().call(callOf(url))).rejects.toMatchObject({ fault: 'too_large' });
  });

  it('tells an endpoint that is not there from one that is slow', async () => {
    const gone = await Endpoint.open(withJson({}));
    const { url } = gone;
    gone.close();
    await expect(callerOf().call(callOf(url))).rejects.toMatchObject({ fault: 'unreachable' });
  });

  it('sends a call once more whose kept connection the endpoint has closed', async () => {
    const endpoint = await opened();
    const caller = callerOf();
    await caller.call(callOf(endpoint.url));
    endpoint.answering = (_, response) => {
      endpoint.answering = withJson({ action: 'allow' });
      response.socket?.destroy();
    };
    expect(await caller.call(callOf(endpoint.url))).toMatchObject({ status: 200 });
    expect(endpoint.received.map(({ headers }) => headers['webhook-id'])).toEqual([
      'hook_1',
      'hook_1',
      'hook_1',
    ]);
  });

  describe('without leave to enter a private network', () => {
    const nameOf = ({ port }: Endpoint) => new URL(`http://hooks.example:${port}/hook`);

    it('refuses a name that means an address inside', async () => {
      const endpoint = await opened();
      for (const address of ['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254', '::ffff:127.0.0.1']) {
        const caller = callerOf({ allowsPrivate: false, lookup: resolving(address) });
        await expect(caller.call(callOf(nameOf(endpoint)))).rejects.toMatchObject({ fault: 'address' });
      }
      expect(endpoint.received).toEqual([]);
    });

    it('checks the address that is connected to, each time that it is', async () => {
      const endpoint = await opened();
      // A look-up before the connection would have seen an address outside. That one is for documents.
      const rebinding = resolving('198.51.100.1', '127.0.0.1');
      rebinding('hooks.example', {}, () => undefined);
      const caller = callerOf({ allowsPrivate: false, lookup: rebinding });
      await expect(caller.call(callOf(nameOf(endpoint)))).rejects.toMatchObject({ fault: 'address' });
      expect(endpoint.received).toEqual([]);
    });

    it('connects where leave is given', async () => {
      const endpoint = await opened();
      const caller = callerOf({ lookup: resolving('127.0.0.1') });
      expect(await caller.call(callOf(nameOf(endpoint)))).toMatchObject({ status: 200 });
    });
  });
});
