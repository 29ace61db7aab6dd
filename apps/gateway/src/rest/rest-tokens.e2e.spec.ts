import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, runAdmin, secondsFromNow, secretKey, TestIssuer } from '@parley/testing';
import { ask, TwoGateways } from '../lifecycle/fixtures/two-gateways.js';
import { newUser, problem, RestClient } from './fixtures/rest-client.js';
import { TrafficChecker } from './fixtures/traffic-checker.js';

jest.setTimeout(240_000);

describe("REST with tokens of a team's identity provider, over two gateways", () => {
  const traffic = new TrafficChecker();
  const issuer = new TestIssuer(secretKey());
  let gateways: TwoGateways;
  let rest: RestClient[];

  beforeAll(async () => {
    gateways = await TwoGateways.start({
      ...{ AUTH_METHODS: 'password,token', TOKEN_SECRET: String(issuer.key.secret), AUTH_REPLICAS: '2' },
      ...{ TOKEN_ISSUER: issuer.issuer, TOKEN_AUDIENCE: issuer.audience, TOKEN_LEEWAY_SECONDS: '0' },
    });
    rest = gateways.stack.gateways.map(({ httpUrl }) => new RestClient(httpUrl, undefined, traffic.witness));
  });

  afterAll(async () => {
    await gateways?.stop();
    expect(traffic.faults).toEqual([]);
  });

  const named = (sub: string, name: string, claims: object = {}) =>
    issuer.token(sub, { preferred_username: name, ...claims });
  const by = (token: string, gateway = 0) => rest[gateway]!.as(token);

  it('makes one user of a hundred requests at once, no session, and brings nobody online', async () => {
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, n) => by(named('1', 'Ada'), n % 2).get('/users/me')),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(replies.map(({ body }) => body.UUID)).size).toBe(1);
    expect(replies[0]!.body).toMatchObject({ Username: 'Ada', OnLine: false });
    expect((await by(named('1', 'Ada')).get('/sessions')).body).toEqual({ total: 0, sessions: [] });
    const { body: bob } = await by(named('2', 'Bob')).get('/users/me');
    const sent = await by(named('1', 'Ada')).post(`/users/${bob.UUID}/messages`, { message: 'hello' });
    expect(sent.status).toBe(201);
    const { body } = await by(named('2', 'Bob'), 1).get(`/users/${replies[0]!.body.UUID}/messages`);
    expect(body.messages).toMatchObject([{ UUID: sent.body.UUID, Message: 'hello' }]);
  });

  it('shows what the identity provider says of a user, as it says now', async () => {
    const picture = 'https://id.example.test/ida.png';
    const first = await by(named('pictured', 'ida', { name: 'Ida Rhodes', picture })).get('/users/me');
    expect(first.body).toMatchObject({ Username: 'ida', Name: 'Ida Rhodes', Picture: picture });
    const { body } = await by(named('2', 'Bob'), 1).get('/users?prefix=ida');
    expect(body.users).toMatchObject([{ Username: 'ida', Name: 'Ida Rhodes', Picture: picture }]);
    const silent = await by(named('pictured', 'ida', { jti: 'silent' })).get('/users/me');
    expect(silent.body).toMatchObject({ Name: 'Ida Rhodes', Picture: picture });
    const cleared = await by(named('pictured', 'ida', { picture: '' }), 1).get('/users/me');
    expect(cleared.body).toMatchObject({ Name: 'Ida Rhodes' });
    expect(cleared.body).not.toHaveProperty('Picture');
    const client = await gateways.connect(0);
    await ask(client, 'signIn', { token: named('2', 'Bob') });
    const { users } = await ask(client, 'users', {});
    expect(users.users).toEqual(expect.arrayContaining([expect.objectContaining({ Name: 'Ida Rhodes' })]));
  });

  it('tells nobody which names there are', async () => {
    const { Username } = await newUser(rest[0]!);
    const known = await rest[0]!.post('/sessions', { username: Username, password: 'wrong' });
    const unknown = await rest[1]!.post('/sessions', { username: `${Username}-none`, password: 'wrong' });
    expect(known).toMatchObject(problem('WRONG_PASSWORD', 401));
    expect({ ...unknown.body, instance: '' }).toEqual({ ...known.body, instance: '' });
    expect((await by(named('2', 'Bob')).get(`/users?prefix=${Username}-none`)).body.users).toEqual([]);
  });

  it('refuses a token from its revocation on, at the gateways that know it, and takes a newer one', async () => {
    const old = named('revoked', 'Eve', { iat: secondsFromNow(-5) });
    for (const n of [0, 1]) expect((await by(old, n).get('/users/me')).status).toBe(200);
    await runAdmin(gateways.folder, 'tokens-revoke', 'revoked');
    for (const n of [0, 1]) {
      const refused = await by(old, n).get('/users/me');
      expect(refused).toMatchObject(problem('WRONG_TOKEN', 401));
      expect(refused.headers.get('www-authenticate')).toMatch(/error="invalid_token"/);
    }
    expect((await by(named('revoked', 'Eve', { iat: secondsFromNow(60) })).get('/users/me')).status).toBe(
      200,
    );
    await runAdmin(gateways.folder, 'ban', 'Eve');
    expect(await by(named('revoked', 'Eve', { iat: secondsFromNow(60) })).get('/users/me')).toMatchObject(
      problem('FORBIDDEN', 403),
    );
  });

  it.each([
    ['has expired', () => issuer.token('1', { exp: secondsFromNow(-1) })],
    ['has another issuer', () => issuer.token('1', { iss: 'https://elsewhere.test/' })],
    ['is signed with another key', () => issuer.token('1', {}, secretKey())],
    ['is none', () => 'a.b.c'],
  ])('refuses a token that %s', async (_, token) => {
    expect(await by(token()).get('/users/me')).toMatchObject(problem('WRONG_TOKEN', 401));
    expect(await rest[0]!.post('/sessions', { token: token() })).toMatchObject(problem('WRONG_TOKEN', 401));
  });

  it('opens a session that ends with the token', async () => {
    const exp = secondsFromNow(100);
    const made = await rest[0]!.post('/sessions', { token: named('3', 'Cem', { exp }) });
    expect(made).toMatchObject({
      status: 201,
      body: { expiresAt: new Date(exp * 1_000).toISOString(), userUUID: expect.any(String) },
    });
    const { body } = await by(made.body.accessKey, 1).get('/sessions');
    expect(body.sessions).toMatchObject([{ sessionUUID: made.body.sessionUUID, current: true }]);
    const byToken = await by(named('3', 'Cem')).get('/sessions');
    expect(byToken.body.sessions).toMatchObject([{ current: false }]);
    expect(await by(named('3', 'Cem')).delete('/sessions/current')).toMatchObject(
      problem('INVALID_FIELD', 400),
    );
    expect((await by(named('3', 'Cem')).delete('/sessions')).body).toEqual({ ended: 1 });
    expect(await by(made.body.accessKey).get('/users/me')).toMatchObject(problem('SESSION_EXPIRED', 401));
  });

  it('leaves passwords as they were, and takes no body that is neither', async () => {
    const { rest: own } = await newUser(rest[0]!);
    expect((await own.get('/users/me')).status).toBe(200);
    for (const body of [{}, { username: 'x' }, { token: 'x' }])
      expect(await rest[0]!.post('/sessions', body)).toMatchObject(problem('INVALID_FIELD', 400));
  });

  it('has no password to change, and deletes no account without one', async () => {
    for (const asked of [
      by(named('3', 'Cem')),
      by((await rest[0]!.post('/sessions', { token: named('3', 'Cem') })).body.accessKey),
    ]) {
      const change = await asked.put('/users/me/password', { old: 'x', new: 'y' });
      expect(change).toMatchObject(problem('FORBIDDEN', 403));
      const deletion = await asked.post('/users/me/deletion', { password: 'x' });
      expect(deletion).toMatchObject(problem('FORBIDDEN', 403));
    }
  });

  it('deletes the account of a user who brings a fresh token', async () => {
    const [fresh, old] = [named('gone', 'Gone'), named('gone', 'Gone', { iat: secondsFromNow(-601) })];
    const { UUID } = (await by(old).get('/users/me')).body;
    const { accessKey } = (await rest[0]!.post('/sessions', { token: fresh })).body;
    const remove = (token: string, asker = by(accessKey)) => asker.post('/users/me/deletion', { token });
    expect(await remove(old)).toMatchObject(problem('FORBIDDEN', 403));
    expect(await remove(named('3', 'Cem'))).toMatchObject(problem('WRONG_TOKEN', 401));
    const { rest: own } = await newUser(rest[0]!);
    expect(await remove(fresh, own)).toMatchObject(problem('WRONG_TOKEN', 401));
    // As a program does that has no session.
    expect(await remove(fresh, by(old, 1))).toMatchObject({ status: 204, body: '' });
    expect(await by(accessKey, 1).get('/users/me')).toMatchObject(problem('SESSION_EXPIRED', 401));
    for (const token of [old, fresh])
      expect(await by(token).get('/users/me')).toMatchObject(problem('FORBIDDEN', 403));
    await eventually(async () => (await own.get(`/users/${UUID}`)).status === 404);
    expect((await own.get('/users/me')).status).toBe(200);
  });

  it('shows the user whom the wire signs in with the same token', async () => {
    const client = await gateways.connect(1);
    const { authorized } = await ask(client, 'signIn', { token: named('1', 'Ada') });
    const { body } = await by(named('1', 'Ada')).get('/users/me');
    expect(body).toMatchObject({ UUID: authorized.userUUID, OnLine: true });
  });
});
