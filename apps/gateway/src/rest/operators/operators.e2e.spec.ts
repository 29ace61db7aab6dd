import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newApiKey } from '@parley/contracts';
import { KEY_SCOPES, type KeyScope } from '@parley/protocol';
import { REST_OPERATION_IDS, restOperation } from '@parley/protocol/rest';
import { eventually, runAdmin } from '@parley/testing';
import { ask, TwoGateways } from '../../lifecycle/fixtures/two-gateways.js';
import { newUser, problem, RestClient, type RestReply, type RestUser } from '../fixtures/rest-client.js';
import { TrafficChecker } from '../fixtures/traffic-checker.js';

jest.setTimeout(240_000);

const NOBODY = '00000000-0000-4000-8000-000000000000';
const ISSUER = 'urn:example:team';
/** More requests with one key than any other test makes. */
const RATE = { KEY_REQUESTS_PER_SECOND: '1', KEY_REQUESTS_BURST: '150' };

/** So often does a test look into the audit, which notes that. */
const EACH_LOOK_IS_A_USE = { everyMs: 250 };

/** Of the scopes whose operations are done here. */
const OWN_SCOPES = new Set<KeyScope | undefined>([
  'users:read',
  'users:write',
  'sessions',
  'keys',
  'announce',
]);

type Entry = { readonly keyId: string; readonly operation: string };
const TEXT = 'nobody else may read this';

describe('keys of operators and bots, over two gateways', () => {
  const traffic = new TrafficChecker();
  let gateways: TwoGateways;
  let rest: RestClient[];
  let ada: RestUser;
  let eve: RestUser;
  let maker: RestClient;
  let names = 0;

  beforeAll(async () => {
    gateways = await TwoGateways.start({ AUTH_REPLICAS: '2', ...RATE });
    rest = gateways.stack.gateways.map(({ httpUrl }) => new RestClient(httpUrl, undefined, traffic.witness));
    [ada, eve] = [await newUser(rest[0]!), await newUser(rest[1]!)];
    const asked = ['--name', 'maker', '--scopes', KEY_SCOPES.join(',')];
    const { out, err } = await runAdmin(gateways.folder, 'keys-create', ...asked);
    expect(err).toBe('');
    maker = rest[0]!.as(out.split('\n')[0]!);
  });

  afterAll(async () => {
    await gateways?.stop();
    expect(traffic.faults).toEqual([]);
  });

  /** A key with these scopes. The first is made by the operators' command, which is a process each time, and makes the others. */
  const keyWith = async (...scopes: KeyScope[]): Promise<string> => {
    const { status, body } = await maker.post('/keys', { name: scopes.join('+'), scopes });
    expect(status).toBe(201);
    return body.key;
  };
  const idOf = (key: string): string => key.split('_')[1]!;
  const by = (key: string, gateway = 0) => rest[gateway]!.as(key);
  const as = (userUUID: string) => ({ 'parley-act-as': userUUID });
  const freshName = (): string => {
    names += 1;
    return `operated-${names}`;
  };

  describe('acting as users', () => {
    it('posts, reads, lists and adds contacts as any user, without a password', async () => {
      const key = await keyWith('act');
      const sent = await by(key).post(`/users/${eve.UUID}/messages`, { message: TEXT }, as(ada.UUID));
      expect(sent.status).toBe(201);
      const { body } = await by(key, 1).get(`/users/${ada.UUID}/messages`, as(eve.UUID));
      expect(body.messages).toMatchObject([{ SenderUUID: ada.UUID, Message: TEXT }]);
      expect((await by(key).put(`/contacts/${eve.UUID}`, undefined, as(ada.UUID))).status).toBe(204);
      expect((await by(key).get('/contacts', as(ada.UUID))).body.contacts).toMatchObject([
        { UUID: eve.UUID },
      ]);
      expect((await by(key).get('/users/me', as(eve.UUID))).body).toMatchObject({
        UUID: eve.UUID,
        OnLine: false,
      });
      expect((await by(key).get('/users', as(eve.UUID))).status).toBe(200);
    });

    it('has the rights of the user, and no more', async () => {
      const key = await keyWith('act');
      const { body: group } = await ada.rest.post('/channels', { name: 'g', private: true });
      const path = `/channels/${group.channelUUID}`;
      expect((await by(key).get(path, as(ada.UUID))).status).toBe(200);
      expect(await by(key).get(path, as(eve.UUID))).toMatchObject(problem('CHANNEL_NOT_FOUND', 404));
    });

    it('acts as a user whom it has provisioned, by the name of the identity provider', async () => {
      const key = await keyWith('act', 'users:write');
      const users = [{ issuer: ISSUER, sub: 'a:1', name: freshName() }];
      const [made, again] = [
        await by(key).put('/admin/users', { users }),
        await by(key, 1).put('/admin/users', { users }),
      ];
      const [one] = made.body.users;
      expect(one).toEqual({
        ...users[0],
        name: undefined,
        userUUID: expect.any(String),
        username: users[0]!.name,
        created: true,
      });
      expect(again.body.users).toEqual([{ ...one, created: false }]);
      const external = `external:${encodeURIComponent(ISSUER)}:a%3A1`;
      expect((await by(key).get('/users/me', as(external))).body).toMatchObject({ UUID: one.userUUID });
    });

    it('shows the name and the picture of a user whom it has provisioned', async () => {
      const key = await keyWith('users:write');
      const shown = { displayName: 'Ada Lovelace', picture: 'https://pictures.example/ada.png' };
      const user = { issuer: ISSUER, sub: 'shown', name: freshName() };
      const { body } = await by(key).put('/admin/users', {
        users: [
          { ...user, ...shown },
          { ...user, sub: 'refused', picture: 'http://pictures.example/ada.png' },
        ],
      });
      expect(body.users[1].error).toBe('INVALID_FIELD');
      const { userUUID } = body.users[0];
      expect((await ada.rest.get(`/users/${userUUID}`)).body).toMatchObject({
        Name: shown.displayName,
        Picture: shown.picture,
      });
    });

    it.each([
      ['nobody', () => ({}), 'FORBIDDEN', 403],
      ['an unknown user', () => as(NOBODY), 'USER_NOT_FOUND', 404],
      [
        'an unknown user of the identity provider',
        () => as(`external:${ISSUER}:none`),
        'USER_NOT_FOUND',
        404,
      ],
      ['what is no name', () => as('ada'), 'INVALID_FIELD', 400],
    ] as const)('is refused as %s', async (_, headers, name, status) => {
      expect(await by(await keyWith('act')).get('/users/me', headers())).toMatchObject(problem(name, status));
    });

    it('is refused without the scope, and for whoever has no key', async () => {
      const key = await keyWith('status');
      expect(await by(key).get('/users/me', as(ada.UUID))).toMatchObject(problem('FORBIDDEN', 403));
      expect(await ada.rest.get('/users/me', as(eve.UUID))).toMatchObject(problem('FORBIDDEN', 403));
    });
  });

  describe('keys', () => {
    it('are made, listed and revoked over REST, and open nothing on any gateway from then on', async () => {
      const key = await keyWith('keys', 'users:read');
      const made = await by(key).post('/keys', {
        name: 'support',
        scopes: ['users:read'],
        expiresInDays: 30,
      });
      expect(made).toMatchObject({
        status: 201,
        body: {
          name: 'support',
          scopes: ['users:read'],
          expiresAt: expect.any(String),
          createdBy: `keys+users:read (${idOf(key)})`,
        },
      });
      const { key: support, id } = made.body;
      for (const n of [0, 1]) expect((await by(support, n).get(`/admin/users/${ada.UUID}`)).status).toBe(200);
      const found = await by(support).get(`/admin/users?prefix=${ada.Username}`);
      expect(found.body.users).toMatchObject([{ UUID: ada.UUID }]);
      const { body } = await by(key, 1).get('/keys');
      expect(body.keys[0]).toMatchObject({ id, lastUsedAt: expect.any(String) });
      expect(JSON.stringify(body)).not.toContain(support);
      expect((await by(key).delete(`/keys/${id}`)).body).toEqual({ revoked: true, ended: 0 });
      for (const n of [0, 1])
        expect(await by(support, n).get(`/admin/users/${ada.UUID}`)).toMatchObject(
          problem('WRONG_TOKEN', 401),
        );
      expect((await by(key).delete(`/keys/${id}`)).body).toEqual({ revoked: false, ended: 0 });
    });

    it('are refused with a wrong secret, and where there is none of their id, in the same way', async () => {
      const [key, other] = [await keyWith('status'), newApiKey()];
      const wrong = `${key.slice(0, -43)}${other.key.slice(-43)}`;
      const refused = await Promise.all([wrong, other.key].map((each) => by(each).get('/keys')));
      for (const each of refused) {
        expect(each).toMatchObject(problem('WRONG_TOKEN', 401));
        expect(each.headers.get('www-authenticate')).toContain('invalid_token');
      }
      const details = refused.map(({ body: { instance: _, ...rest } }) => rest);
      expect(details[0]).toEqual(details[1]);
    });

    it('do only what their scopes allow; a user may do nothing of it', async () => {
      const key = await keyWith('status');
      for (const client of [by(key), ada.rest]) {
        expect(await client.get('/keys')).toMatchObject(problem('FORBIDDEN', 403));
        expect(await client.put(`/admin/users/${eve.UUID}/ban`)).toMatchObject(problem('FORBIDDEN', 403));
        expect(await client.post('/admin/announcements', { text: 'x' })).toMatchObject(
          problem('FORBIDDEN', 403),
        );
      }
      expect(await rest[0]!.get('/keys')).toMatchObject(problem('NOT_SIGNED_IN', 401));
      const giving = await keyWith('keys');
      const more = await by(giving).post('/keys', { name: 'x', scopes: ['act'] });
      expect(more).toMatchObject(problem('FORBIDDEN', 403));
    });

    it('have a rate of their own, at each gateway', async () => {
      const key = await keyWith('users:read');
      const ask = (gateway: number) => by(key, gateway).get(`/admin/users/${ada.UUID}`);
      const { headers } = await ask(0);
      expect(headers.get('ratelimit-policy')).toBe('"requests";q=150;w=150');
      const many: RestReply[] = [];
      // Few at once: more would be refused for that.
      for (let n = 0; n < 6; n += 1)
        many.push(...(await Promise.all(Array.from({ length: 30 }, () => ask(0)))));
      const limited = many.find(({ status }) => status === 429)!;
      expect(limited).toMatchObject(problem('RATE_LIMITED', 429));
      expect(limited.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(limited.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=/);
      expect((await ask(1)).status).toBe(200);
      expect((await ada.rest.get('/users/me')).status).toBe(200);
    });

    it('are listed and revoked by command', async () => {
      const key = await keyWith('users:read');
      const list = await runAdmin(gateways.folder, 'keys-list');
      expect(list.out).toContain(`${idOf(key)}  "users:read"  users:read  made `);
      expect(list.out).not.toContain(key.slice(-43));
      const { out } = await runAdmin(gateways.folder, 'keys-revoke', idOf(key));
      expect(out).toBe(`${idOf(key)} is revoked; 0 sessions ended\n`);
      for (const n of [0, 1])
        expect(await by(key, n).get(`/admin/users/${ada.UUID}`)).toMatchObject(problem('WRONG_TOKEN', 401));
      const again = await runAdmin(gateways.folder, 'keys-revoke', idOf(key));
      expect(again).toMatchObject({ code: 1, err: `INVALID_FIELD: there is no key "${idOf(key)}"\n` });
    });
  });

  describe('accounts', () => {
    it('are read, disabled, banned and deleted, and their sessions listed and ended', async () => {
      const key = await keyWith('users:read', 'users:write', 'sessions');
      const member = await gateways.signUp(1);
      const path = `/admin/users/${member.userUUID}`;
      expect((await by(key).get(path)).body).toEqual({
        ...{ userUUID: member.userUUID, username: member.username, sessions: 1 },
        createdAt: expect.stringMatching(/Z$/),
      });
      const { body } = await by(key).get(`${path}/sessions`);
      expect(body).toMatchObject({ total: 1, sessions: [{ current: false }] });
      const [{ sessionUUID }] = body.sessions;
      expect((await by(key).delete(`${path}/sessions/${sessionUUID}`)).body).toEqual({ ended: 1 });
      expect((await member.client.closed).code).toBe(4501);
      expect((await by(key).delete(`${path}/sessions`)).body).toEqual({ ended: 0 });

      const other = await gateways.signUp(0);
      const ofOther = `/admin/users/${other.userUUID}`;
      expect((await by(key, 1).put(`${ofOther}/ban`)).body).toEqual({ ended: 1 });
      expect((await other.client.closed).code).toBe(4503);
      expect((await by(key).get(ofOther)).body).toMatchObject({ banned: expect.any(String), sessions: 0 });
      expect((await by(key).put(`${ofOther}/disabled`)).body).toEqual({ ended: 0 });
      expect((await by(key).delete(`${ofOther}/ban`)).body).toEqual({ wasBarred: true });
      expect((await by(key).delete(`${ofOther}/disabled`)).body).toEqual({ wasBarred: true });
      expect((await by(key).delete(`${ofOther}/disabled`)).body).toEqual({ wasBarred: false });
      expect((await by(key).delete(ofOther)).body).toEqual({ ended: 0 });
      expect(await by(key).get(`/admin/users/${NOBODY}`)).toMatchObject(problem('USER_NOT_FOUND', 404));
    });
  });

  describe('exports', () => {
    it('have the account, its contacts and what it has written, and nothing of others', async () => {
      const key = await keyWith('users:read');
      const [one, other] = [await newUser(rest[0]!), await newUser(rest[1]!)];
      const path = `/admin/users/${one.UUID}/export`;
      await one.rest.put(`/contacts/${other.UUID}`);
      const own = ['first', 'second'];
      for (const message of own) await one.rest.post(`/users/${other.UUID}/messages`, { message });
      const answer = await other.rest.post(`/users/${one.UUID}/messages`, { message: 'of another' });
      const { body } = await by(key, 1).get(path);
      expect(body).toMatchObject({
        account: { userUUID: one.UUID, sessions: 1 },
        sessions: [{ current: false }],
      });
      const { ChannelUUID: channelUUID } = answer.body;
      expect(body.channels).toContainEqual({ channelUUID, partnerUUID: other.UUID });
      const page = await by(key).get(`${path}/messages/${channelUUID}`);
      expect(page.body.messages.map(({ Message }: { Message: string }) => Message)).toEqual(own);
      expect((await by(key).get(`${path}/contacts`)).body.contacts).toMatchObject([{ UUID: other.UUID }]);
      expect((await by(key).get(`${path}/messages/general`)).body.messages).toEqual([]);
      for (const part of ['', '/contacts', '/messages/general'])
        expect(await by(key).get(`/admin/users/${NOBODY}/export${part}`)).toMatchObject(
          problem('USER_NOT_FOUND', 404),
        );
    });
  });

  describe('announcements', () => {
    it('reach every connection that is signed in, once, and no other', async () => {
      const key = await keyWith('announce');
      const members = [await gateways.signUp(0), await gateways.signUp(1)];
      const stranger = await gateways.connect(0);
      const { status, body } = await by(key).post('/admin/announcements', {
        text: 'The chat restarts at noon.',
      });
      expect(status).toBe(201);
      await runAdmin(gateways.folder, 'announce', 'Done.');
      for (const { client } of members)
        await eventually(() => {
          const heard = client.frames.flatMap(({ type, sys }) =>
            type === 'sys' && sys.type === 'announce' ? [sys.announce] : [],
          );
          expect(heard).toEqual([body, { text: 'Done.', at: expect.any(String) }]);
        });
      await ask(stranger, 'ping');
      expect(stranger.frames.filter(({ type }) => type === 'sys')).toEqual([]);
    });
  });

  describe('bots', () => {
    const newBot = async () => {
      const username = freshName();
      const key = await keyWith('keys');
      const made = await by(key).post('/bots', { username });
      expect(made).toMatchObject({
        status: 201,
        body: { username, scopes: [], userUUID: expect.any(String) },
      });
      return { ...(made.body as { key: string; id: string; userUUID: string }), username, admin: key };
    };

    it('sign in on the wire by their key, are shown as bots, and end with it at once', async () => {
      const bot = await newBot();
      const client = await gateways.connect(1);
      const { authorized } = await ask(client, 'signIn', { token: bot.key });
      expect(authorized.userUUID).toBe(bot.userUUID);
      const shown = { UUID: bot.userUUID, Username: bot.username, OnLine: true, bot: true };
      expect((await ada.rest.get(`/users/${bot.userUUID}`)).body).toMatchObject(shown);
      const posted = await ask(client, 'channelMessage', {
        recipientUUID: ada.UUID,
        message: 'I am a bot',
        clientUUID: 'c',
      });
      expect(posted.type).toBe('ack');
      const { body } = await ada.rest.get(`/users/${bot.userUUID}/messages`);
      expect(body.messages).toMatchObject([{ Message: 'I am a bot', Sender: shown }]);
      const refused = await ask(client, 'passwordChange', { old: 'x', new: 'y' });
      expect(refused.error).toMatchObject({ name: 'FORBIDDEN' });
      expect((await by(bot.admin).delete(`/keys/${bot.id}`)).body).toEqual({ revoked: true, ended: 1 });
      expect((await client.closed).code).toBe(4501);
      for (const n of [0, 1])
        expect(await by(bot.key, n).get('/users/me')).toMatchObject(problem('WRONG_TOKEN', 401));
      const again = await gateways.connect(0);
      expect((await ask(again, 'signIn', { token: bot.key })).error).toMatchObject({ name: 'WRONG_TOKEN' });
    });

    it('do over REST what a user may, and nothing of operators', async () => {
      const bot = await newBot();
      const sent = await by(bot.key).post('/channels/general/messages', { message: 'beep' });
      expect(sent.status).toBe(201);
      expect(await by(bot.key).get('/keys')).toMatchObject(problem('FORBIDDEN', 403));
      expect(await by(bot.key).get('/users/me', as(ada.UUID))).toMatchObject(problem('FORBIDDEN', 403));
      const session = await rest[1]!.post('/sessions', { token: bot.key });
      expect(session).toMatchObject({ status: 201, body: { userUUID: bot.userUUID } });
      const taken = await by(bot.admin).post('/bots', { username: ada.Username });
      expect(taken).toMatchObject(problem('USERNAME_TAKEN', 409));
      const { out } = await runAdmin(gateways.folder, 'bots-create', freshName());
      expect((await by(out.split('\n')[0]!).get('/users/me')).body).toMatchObject({ bot: true });
    });
  });

  describe('the audit', () => {
    it('says who did what, when, as whom and how it ended, and no secret and no message', async () => {
      const [key, reader] = [await keyWith('act', 'users:write'), await keyWith('keys')];
      await by(key).post('/channels/general/messages', { message: TEXT }, as(ada.UUID));
      await by(key).post(`/users/${NOBODY}/messages`, { message: TEXT }, as(ada.UUID));
      await by(key).put(`/admin/users/${eve.UUID}/disabled`);
      await by(key).delete(`/admin/users/${eve.UUID}/disabled`);
      await by(key).put('/admin/users', { users: [{ issuer: ISSUER, sub: 'b' }] });
      await by(key).get('/keys');
      const own = { at: expect.stringMatching(/Z$/), keyId: idOf(key), keyName: 'act+users:write' };
      const read = async (query: string) => {
        const { body } = await by(reader, 1).get(`/admin/audit?limit=100${query}`);
        const own = body.entries.filter(({ keyId }: { keyId: string }) => keyId === idOf(key)) as Entry[];
        return own.sort((one, other) => one.operation.localeCompare(other.operation));
      };
      await eventually(async () => {
        expect(await read('')).toEqual([
          { ...own, operation: 'disableUser', object: `/admin/users/${eve.UUID}/disabled`, outcome: 'OK' },
          { ...own, operation: 'enableUser', object: `/admin/users/${eve.UUID}/disabled`, outcome: 'OK' },
          { ...own, operation: 'listKeys', object: '/keys', outcome: 'FORBIDDEN' },
          { ...own, operation: 'provisionUsers', object: '1 users', outcome: 'OK' },
        ]);
        expect(await read('&kind=acts')).toEqual([
          {
            ...own,
            operation: 'postMessage',
            object: '/channels/general/messages',
            actAs: ada.UUID,
            outcome: 'OK',
          },
          {
            ...own,
            operation: 'postMessageToUser',
            object: `/users/${NOBODY}/messages`,
            actAs: ada.UUID,
            outcome: 'USER_NOT_FOUND',
          },
        ]);
      }, EACH_LOOK_IS_A_USE);
      const { out } = await runAdmin(gateways.folder, 'audit', '--acts', '--last', '1000');
      expect(out).toContain(idOf(key));
      const stored = await gateways.redis.xrange('parley:auth:{keys}:acts', '-', '+');
      for (const secret of [TEXT, key.slice(-43)]) expect(out + JSON.stringify(stored)).not.toContain(secret);
    });
  });

  it('has done every operation with success', () => {
    const ofKeys = REST_OPERATION_IDS.filter((id) => OWN_SCOPES.has(restOperation(id).scope));
    expect(ofKeys.filter((id) => !traffic.succeeded.has(id))).toEqual([]);
  });
});
