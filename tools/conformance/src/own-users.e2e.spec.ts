import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { runAdmin, secondsFromNow, TestIssuer } from '@parley/testing';
import { DocumentChecker } from './fixtures/document-checker.js';
import { failuresOf, type LiveStack, startLiveStack } from './fixtures/live-stack.js';
import type { Frame, Peer } from './peer.js';
import type { World } from './world.js';

jest.setTimeout(180_000);

/** Tokens of this many seconds expire within a test. */
const SHORT = 3;

describe("two gateways that take tokens of a team's identity provider", () => {
  const issuer = new TestIssuer();
  let live: LiveStack;
  let world: World;

  beforeAll(async () => {
    const TOKEN_JWKS_URL = await issuer.publish();
    live = await startLiveStack(
      {
        ...{ AUTH_METHODS: 'password,token', TOKEN_JWKS_URL, TOKEN_LEEWAY_SECONDS: '0' },
        ...{ TOKEN_ISSUER: issuer.issuer, TOKEN_AUDIENCE: issuer.audience },
        ...{ GATEWAY_WORKERS: '2', AUTH_REPLICAS: '2', USERS_REPLICAS: '2' },
      },
      'separate',
    );
    world = live.world();
  });
  afterAll(async () => {
    await world?.close();
    await live?.remove();
    await issuer.stop();
  });

  const connect = (gateway = 0): Promise<Peer> =>
    world.connect({ url: gateway === 0 ? world.url : world.otherUrl });
  const bring = (peer: Peer, token: string, type = 'signIn'): Promise<Frame> =>
    peer.ask({ type, [type]: { token } });
  const named = (sub: string, name: string, claims: object = {}) =>
    issuer.token(sub, { preferred_username: name, ...claims });
  const lasting = (sub: string, seconds: number) => issuer.token(sub, { exp: secondsFromNow(seconds) });
  const resumeElsewhere = async (accessKey: string, gateway = 1) =>
    (await connect(gateway)).ask({ type: 'resume', resume: { accessKey } });

  it('keep the protocol of tokens, and the AsyncAPI document that they serve', async () => {
    const tokens = (sub: string, claims: object = {}) => issuer.token(sub, claims);
    const checker = await DocumentChecker.of(live.stack.gateways[0]!.httpUrl);
    const { examine } = checker;
    expect(await failuresOf({ urls: live.urls, only: /^3\.26\./, tokens, examine })).toEqual([]);
    expect(checker.unseen).not.toContain('RefreshRequest');
    expect(checker.unseen).not.toContain('RefreshFrame');
  });

  it('sign a user in, say until when, and close the connections then', async () => {
    const peer = await connect();
    const exp = secondsFromNow(SHORT);
    const { authorized } = await bring(peer, issuer.token('short', { exp }));
    expect(authorized).toEqual({
      ...{ userUUID: expect.any(String), accessKey: expect.any(String) },
      expiresAt: new Date(exp * 1_000).toISOString(),
    });
    const other = await connect(1);
    const resume = { accessKey: authorized.accessKey };
    expect((await other.ask({ type: 'resume', resume })).resumed.userUUID).toBe(authorized.userUUID);
    expect([await peer.closed, await other.closed]).toEqual([4502, 4502]);
    expect((await resumeElsewhere(authorized.accessKey)).error.name).toBe('SESSION_EXPIRED');
  });

  it('let a client go on where it was, in a session of a fresh token', async () => {
    const expiring = await connect();
    const { authorized: old } = await bring(expiring, lasting('again', SHORT));
    const { channelUUID, epoch, seq } = (await expiring.ask({ type: 'subscribe', subscribe: {} })).subscribed;
    await expiring.closed;
    const { peer: other } = await world.join();
    await other.ask({ type: 'channelMessage', channelMessage: { message: 'meanwhile', clientUUID: 'c' } });
    const peer = await connect(1);
    const resume = (accessKey: string) =>
      peer.ask({ type: 'resume', resume: { accessKey, channels: [{ channelUUID, epoch, seq }] } });
    expect((await resume(old.accessKey)).error.name).toBe('SESSION_EXPIRED');
    const { authorized } = await bring(peer, issuer.token('again'));
    expect(authorized.userUUID).toBe(old.userUUID);
    const { resumed } = await resume(authorized.accessKey);
    expect(resumed.channels).toMatchObject([{ channelUUID, recovered: true }]);
    expect(peer.frames.filter((frame) => frame.channelMessage?.Message === 'meanwhile')).toHaveLength(1);
  });

  it('keep a connection open that is refreshed, and no other of its session', async () => {
    const [peer, other] = [await connect(), await connect(1)];
    const { authorized } = await bring(peer, lasting('long', SHORT));
    await other.ask({ type: 'resume', resume: { accessKey: authorized.accessKey } });
    const exp = secondsFromNow(100);
    const { refresh } = await bring(peer, issuer.token('long', { exp }), 'refresh');
    const expiresAt = new Date(exp * 1_000).toISOString();
    expect(refresh).toEqual({ userUUID: authorized.userUUID, expiresAt });
    expect(await other.closed).toBe(4502);
    expect((await peer.ask({ type: 'ping' })).type).toBe('pong');
    expect((await resumeElsewhere(authorized.accessKey)).resumed.userUUID).toBe(authorized.userUUID);
  });

  it('refuse what does not refresh a session', async () => {
    const peer = await connect();
    await bring(peer, issuer.token('own'));
    await bring(await connect(), issuer.token('another'));
    expect((await bring(peer, issuer.token('another'), 'refresh')).error.name).toBe('WRONG_TOKEN');
    expect((await bring(peer, issuer.token('own', { exp: 1 }), 'refresh')).error.name).toBe('WRONG_TOKEN');
    const { peer: withPassword } = await world.join();
    expect((await bring(withPassword, issuer.token('own'), 'refresh')).error.name).toBe('WRONG_TOKEN');
    const stranger = await connect();
    expect((await bring(stranger, issuer.token('own'), 'refresh')).error.name).toBe('NOT_SIGNED_IN');
  });

  it('make one user of a hundred first sign-ins at once', async () => {
    const peers = await Promise.all(Array.from({ length: 100 }, (_, n) => connect(n % 2)));
    const answers = await Promise.all(peers.map((peer) => bring(peer, named('many', 'Many'))));
    expect(new Set(answers.map(({ authorized }) => authorized.userUUID)).size).toBe(1);
    const { users } = await peers[0]!.ask({ type: 'users', users: { limit: 1_000 } });
    const called = users.users.filter(({ Username }: { Username: string }) => /^many/i.test(Username));
    expect(called).toHaveLength(1);
  });

  it('end a user at once whose tokens are revoked, and take newer tokens', async () => {
    const peers = [await connect(0), await connect(1)];
    const old = issuer.token('revoked', { iat: secondsFromNow(-5) });
    for (const peer of peers) await bring(peer, old);
    const { out } = await runAdmin(live.dataFolder, 'tokens-revoke', 'revoked');
    expect(out).toMatch(/2 sessions ended/);
    expect(await Promise.all(peers.map((peer) => peer.closed))).toEqual([4501, 4501]);
    expect((await bring(await connect(), old)).error).toMatchObject({
      name: 'WRONG_TOKEN',
      message: 'The token is not valid: it was revoked.',
    });
    const newer = issuer.token('revoked', { iat: secondsFromNow(5) });
    expect((await bring(await connect(1), newer)).type).toBe('authorized');
    await runAdmin(live.dataFolder, 'tokens-unrevoke', 'revoked');
    expect((await bring(await connect(), old)).type).toBe('authorized');
  });

  it('know users who were provisioned, from a file of any length, and say what is wrong with a line', async () => {
    const users = Array.from({ length: 50 }, (_, n) => ({ sub: `provisioned-${n}`, name: 'Everyman' }));
    const lines = [...users, { sub: 7 }].map((user) => JSON.stringify(user));
    const file = join(live.dataFolder, 'users.jsonl');
    await writeFile(file, `${lines.join('\n')}\n\nno JSON`);
    const made = await runAdmin(live.dataFolder, 'users-provision', file);
    expect([made.code, made.err]).toEqual([1, expect.stringMatching(/^INVALID_FIELD: 2 users could not/)]);
    const told = made.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(told.filter(({ created }) => created)).toHaveLength(50);
    expect(new Set(told.slice(0, 50).map(({ username }) => username)).size).toBe(50);
    expect(told.slice(50).map(({ error }) => error)).toEqual(
      Array(2).fill(expect.stringMatching(/^expected/)),
    );
    const { authorized } = await bring(await connect(), issuer.token('provisioned-7'));
    expect(authorized.userUUID).toBe(told[7].userUUID);
    await writeFile(file, lines.slice(0, 50).join('\r\n'));
    const again = await runAdmin(live.dataFolder, 'users-provision', file);
    const same = told.slice(0, 50).map((one) => ({ ...one, created: false }));
    expect([
      again.code,
      again.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ]).toEqual([0, same]);
    const none = await runAdmin(live.dataFolder, 'users-provision', `${file}.none`);
    expect([none.code, none.err]).toEqual([2, expect.stringMatching(/ENOENT/)]);
  });
});
