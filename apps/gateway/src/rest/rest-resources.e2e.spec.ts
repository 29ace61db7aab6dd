import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CLOSE_CODES } from '@parley/protocol';
import { REST_OPERATION_IDS, restOperation } from '@parley/protocol/rest';
import { ask, TwoGateways } from '../lifecycle/fixtures/two-gateways.js';
import { newUser, problem, RestClient, type RestReply, type RestUser } from './fixtures/rest-client.js';
import { TrafficChecker } from './fixtures/traffic-checker.js';

jest.setTimeout(240_000);

const NOBODY = '00000000-0000-4000-8000-000000000000';
const FRAME_BYTES = 16 * 1024;
/** Requests of one user: more than these tests make one after the other. */
const BURST = 200;

describe('the resources of REST', () => {
  const traffic = new TrafficChecker();
  let gateways: TwoGateways;
  let open: RestClient;
  let ada: RestUser;
  let bob: RestUser;
  let eve: RestUser;

  beforeAll(async () => {
    const settings = {
      MAX_FRAME_BYTES: String(FRAME_BYTES),
      ALLOWED_ORIGINS: 'https://pages.example',
      FRAMES_PER_SECOND: '1',
      FRAMES_BURST: String(BURST),
    };
    gateways = await TwoGateways.start(settings);
    open = new RestClient(gateways.stack.gateways[0]!.httpUrl, undefined, traffic.witness);
    const other = new RestClient(gateways.stack.gateways[1]!.httpUrl, undefined, traffic.witness);
    [ada, bob, eve] = [await newUser(open), await newUser(other), await newUser(open)];
  });

  afterAll(async () => {
    await gateways?.stop();
    expect(traffic.faults).toEqual([]);
  });

  /** All items of a list, read in pages. */
  const readAll = async (
    path: string,
    items: (body: RestReply['body']) => unknown[],
    by = ada.rest,
  ): Promise<unknown[]> => {
    const all: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await by.get(`${path}${cursor ? `&cursor=${cursor}` : ''}`);
      expect(status).toBe(200);
      all.push(...items(body));
      cursor = body.cursor;
    } while (cursor !== undefined);
    return all;
  };

  const newGroup = async (isPrivate = true): Promise<string> => {
    const { status, body } = await ada.rest.post('/channels', { name: 'a group', private: isPrivate });
    expect(status).toBe(201);
    return body.channelUUID;
  };

  describe('users', () => {
    it('are read by UUID, with an ETag that changes with what is read', async () => {
      const { body, headers } = await bob.rest.get(`/users/${ada.UUID}`);
      expect(body).toEqual({
        ...{ UUID: ada.UUID, Username: ada.Username, OnLine: false },
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      const { body: listed } = await bob.rest.get('/users?limit=1');
      expect(listed.users[0].createdAt <= body.createdAt).toBe(true);
      const tag = headers.get('etag')!;
      const again = await bob.rest.get(`/users/${ada.UUID}`, { 'if-none-match': `"other", W/${tag}` });
      expect(again).toMatchObject({ status: 304, body: '' });
      expect((await bob.rest.get(`/users/${bob.UUID}`)).headers.get('etag')).not.toBe(tag);
    });

    it('are listed page by page, each once', async () => {
      const all = (await readAll('/users?limit=2', ({ users }) => users)) as { UUID: string }[];
      const UUIDs = all.map(({ UUID }) => UUID);
      expect(new Set(UUIDs).size).toBe(UUIDs.length);
      expect(UUIDs).toEqual(expect.arrayContaining([ada.UUID, bob.UUID, eve.UUID]));
    });

    it('are found by the beginning of their names', async () => {
      const start = bob.Username.slice(0, -1).toUpperCase();
      const found = (await readAll(`/users?prefix=${start}&limit=1`, ({ users }) => users)) as {
        UUID: string;
      }[];
      expect(found.map(({ UUID }) => UUID)).toEqual(expect.arrayContaining([ada.UUID, bob.UUID, eve.UUID]));
      expect((await ada.rest.get('/users?prefix=nobody-is-called-this')).body).toEqual({ users: [] });
    });

    it('that do not exist are not found, and a cursor that is none is refused', async () => {
      expect(await ada.rest.get(`/users/${NOBODY}`)).toMatchObject(problem('USER_NOT_FOUND', 404));
      expect(await ada.rest.get('/users?cursor=x')).toMatchObject(problem('INVALID_FIELD', 400));
      expect(await ada.rest.get('/users?limit=1001')).toMatchObject(problem('INVALID_FIELD', 400));
    });
  });

  describe('sessions', () => {
    it('begin by password, are listed, and open nothing once they have ended', async () => {
      const credentials = { username: bob.Username, password: 'x' };
      const { body } = await open.post('/sessions', credentials);
      const mine = open.as(body.accessKey);
      const { body: list } = await mine.get('/sessions');
      expect(list.sessions.find(({ current }: { current: boolean }) => current)).toMatchObject({
        sessionUUID: body.sessionUUID,
      });
      expect(await mine.delete('/sessions/current')).toMatchObject({ status: 200, body: { ended: 1 } });
      const refused = await mine.get('/users/me');
      expect(refused).toMatchObject(problem('SESSION_EXPIRED', 401));
      expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
    });

    it('do not begin with a wrong password, nor make an account of an unknown name', async () => {
      const wrong = { username: bob.Username, password: 'wrong' };
      expect(await open.post('/sessions', wrong)).toMatchObject(problem('WRONG_PASSWORD', 401));
      const unknown = { username: 'nobody of this name', password: 'x' };
      expect(await open.post('/sessions', unknown)).toMatchObject(problem('WRONG_PASSWORD', 401));
      expect((await open.post('/users', unknown)).status).toBe(201);
    });

    it('but the own end with a new password, which is the only one from then on', async () => {
      const user = await newUser(open);
      const credentials = { username: user.Username, password: 'x' };
      const { body: other } = await open.post('/sessions', credentials);
      const change = (old: string) =>
        user.rest.put('/users/me/password', { old, new: 'y' }, { 'idempotency-key': old });
      expect(await change('wrong')).toMatchObject(problem('WRONG_PASSWORD', 401));
      // Sent again with its key, it is answered as it was.
      for (let times = 0; times < 2; times += 1)
        expect(await change('x')).toMatchObject({ status: 200, body: { ended: 1 } });
      expect(await open.as(other.accessKey).get('/users/me')).toMatchObject(problem('SESSION_EXPIRED', 401));
      expect((await user.rest.get('/users/me')).status).toBe(200);
      expect(await open.post('/sessions', credentials)).toMatchObject(problem('WRONG_PASSWORD', 401));
      expect((await open.post('/sessions', { ...credentials, password: 'y' })).status).toBe(201);
    });

    it('end with the account, on the wire too, and its name stays taken', async () => {
      const user = await newUser(open);
      const client = await gateways.connect(1);
      await ask(client, 'resume', { accessKey: user.accessKey });
      const remove = (password: string) => user.rest.post('/users/me/deletion', { password });
      expect(await remove('wrong')).toMatchObject(problem('WRONG_PASSWORD', 401));
      expect(await remove('x')).toMatchObject({ status: 204, body: '' });
      expect(await client.closed).toMatchObject({ code: CLOSE_CODES.SIGNED_OUT_EVERYWHERE });
      expect(await remove('x')).toMatchObject(problem('SESSION_EXPIRED', 401));
      const again = await open.post('/users', { username: user.Username, password: 'x' });
      expect(again).toMatchObject(problem('USERNAME_TAKEN', 409));
    });

    it('end all at once, on the wire too', async () => {
      const user = await newUser(open);
      const client = await gateways.connect(1);
      const { type } = await ask(client, 'resume', { accessKey: user.accessKey });
      expect(type).toBe('resumed');
      expect(await user.rest.delete('/sessions')).toMatchObject({ status: 200, body: { ended: 1 } });
      expect(await client.closed).toMatchObject({ code: CLOSE_CODES.SIGNED_OUT_EVERYWHERE });
      expect(await user.rest.get('/sessions')).toMatchObject(problem('SESSION_EXPIRED', 401));
    });
  });

  describe('messages', () => {
    it('that a user has received are listed over all channels, and are no part of notes to oneself', async () => {
      const user = await newUser(open);
      for (const [n, sender] of [ada, bob, ada].entries())
        await sender.rest.post(`/users/${user.UUID}/messages`, { message: `text ${n}` });
      expect((await user.rest.post('/users/me/messages', { message: 'a note' })).status).toBe(201);
      const { body: first } = await user.rest.get('/users/me/messages?limit=2');
      expect(first).toMatchObject({
        messages: [
          { Message: 'text 2', SenderUUID: ada.UUID, RecipientUUID: user.UUID, seen: false },
          { Message: 'text 1', SenderUUID: bob.UUID },
        ],
      });
      const { ChannelUUID, Seq } = first.messages[1];
      expect((await user.rest.put(`/channels/${ChannelUUID}/read`, { seq: Seq })).status).toBe(200);
      const all = await readAll('/users/me/messages?limit=2', ({ messages }) => messages, user.rest);
      expect(all).toMatchObject([
        { Message: 'text 2', seen: false },
        { Message: 'text 1', seen: true },
        { Message: 'text 0', seen: false },
      ]);
      const { body: notes } = await user.rest.get(`/users/${user.UUID}/messages`);
      expect(notes.messages).toMatchObject([{ Message: 'a note' }]);
      const wrong = await user.rest.get('/users/me/messages?cursor=x');
      expect(wrong).toMatchObject(problem('INVALID_FIELD', 400));
    });

    it('are edited, reacted to, deleted and read, and the history shows it', async () => {
      const { body: sent } = await ada.rest.post(`/users/${bob.UUID}/messages`, { message: 'first' });
      const path = `/channels/${sent.ChannelUUID}/messages/${sent.UUID}`;
      const reply = await bob.rest.post(`/channels/${sent.ChannelUUID}/messages`, {
        message: 'an answer',
        replyTo: sent.UUID,
      });
      expect((await ada.rest.patch(path, { message: 'edited' })).status).toBe(200);
      expect((await bob.rest.put(`${path}/reactions/${encodeURIComponent('👍')}`)).body).toMatchObject({
        count: 1,
      });
      const { body: page } = await bob.rest.get(`/users/${ada.UUID}/messages`);
      expect(page.messages).toMatchObject([
        { Message: 'edited', reactions: [{ reaction: '👍', count: 1, mine: true }] },
        { UUID: reply.body.UUID, replyTo: { UUID: sent.UUID } },
      ]);
      expect((await bob.rest.delete(`${path}/reactions/${encodeURIComponent('👍')}`)).body).toMatchObject({
        count: 0,
      });
      const read = await bob.rest.put(`/channels/${sent.ChannelUUID}/read`, { seq: reply.body.Seq });
      expect(read).toMatchObject({ status: 200, body: { seq: reply.body.Seq } });
      expect((await ada.rest.delete(path)).status).toBe(200);
      expect(await ada.rest.patch(path, { message: 'too late' })).toMatchObject(
        problem('MESSAGE_NOT_FOUND', 404),
      );
    });

    it('are read in pages, in both directions, each once', async () => {
      const channelUUID = await newGroup();
      const path = `/channels/${channelUUID}/messages`;
      for (let n = 1; n <= 5; n += 1) await ada.rest.post(path, { message: `${n}` });
      const texts = (body: RestReply['body']) =>
        body.messages.map(({ Message }: { Message: string }) => Message);
      expect(await readAll(`${path}?limit=2`, texts)).toEqual(['4', '5', '2', '3', '1']);
      const { body } = await ada.rest.get(`${path}?after=0&limit=2`);
      expect(texts(body)).toEqual(['1', '2']);
      expect(texts((await ada.rest.get(`${path}?limit=2&cursor=${body.cursor}`)).body)).toEqual(['3', '4']);
    });

    it('are posted, changed and read with the rights of the wire', async () => {
      const channelUUID = await newGroup();
      const { body: sent } = await ada.rest.post(`/channels/${channelUUID}/messages`, { message: 'ours' });
      for (const refused of [
        await eve.rest.post(`/channels/${channelUUID}/messages`, { message: 'mine' }),
        await eve.rest.get(`/channels/${channelUUID}/messages`),
        await eve.rest.delete(`/channels/${channelUUID}/messages/${sent.UUID}`),
        await eve.rest.get(`/channels/${channelUUID}`),
      ])
        expect(refused).toMatchObject(problem('CHANNEL_NOT_FOUND', 404));
      await ada.rest.put(`/blocks/${eve.UUID}`);
      const blocked = await eve.rest.post(`/users/${ada.UUID}/messages`, { message: 'hello' });
      expect(blocked).toMatchObject(problem('BLOCKED', 403));
      await ada.rest.delete(`/blocks/${eve.UUID}`);
      expect((await eve.rest.post(`/users/${ada.UUID}/messages`, { message: 'hello' })).status).toBe(201);
    });

    it.each([
      ['no text', {}, 'INVALID_FIELD'],
      ['a text that is too long', { message: 'x'.repeat(4_001) }, 'MESSAGE_TOO_LONG'],
      ['a lone surrogate', { message: '\ud800' }, 'INVALID_FIELD'],
      ['a list', ['x'], 'BAD_JSON'],
    ] as const)('of %s are refused', async (_, body, name) => {
      const reply = await ada.rest.post('/channels/general/messages', body);
      expect(reply).toMatchObject(problem(name, 400));
    });
  });

  describe('channels', () => {
    it('are made, read, changed, listed and audited', async () => {
      const made = await ada.rest.post('/channels', { name: 'Team', private: false, topic: 'work' });
      const { channelUUID } = made.body;
      expect(made.headers.get('location')).toBe(`/api/v1/channels/${channelUUID}`);
      const before = await ada.rest.get(`/channels/${channelUUID}`);
      expect(before.body).toEqual(made.body);
      expect(await ada.rest.patch(`/channels/${channelUUID}`, { topic: 'play' })).toMatchObject({
        status: 200,
        body: { name: 'Team', topic: 'play' },
      });
      const after = await ada.rest.get(`/channels/${channelUUID}`, {
        'if-none-match': before.headers.get('etag')!,
      });
      expect(after).toMatchObject({ status: 200, body: { topic: 'play' } });
      const ids = (body: RestReply['body']) =>
        body.channels.map((each: { channelUUID: string }) => each.channelUUID);
      expect(await readAll('/channels?scope=mine&limit=1', ids)).toContain(channelUUID);
      expect(await readAll('/channels?scope=public&limit=1', ids)).toEqual([channelUUID]);
      const { body } = await ada.rest.get(`/channels/${channelUUID}/audit?limit=1`);
      expect(body).toMatchObject({
        entries: [{ action: 'channelSet', by: ada.UUID }],
        cursor: expect.any(String),
      });
      expect(await eve.rest.patch(`/channels/${channelUUID}`, { topic: 'x' })).toMatchObject(
        problem('FORBIDDEN', 403),
      );
      expect(await ada.rest.patch(`/channels/${channelUUID}`, {})).toMatchObject(
        problem('INVALID_FIELD', 400),
      );
    });

    it('have members who come, are invited, get roles, are silenced, removed and let back', async () => {
      const channelUUID = await newGroup(false);
      const members = `/channels/${channelUUID}/members`;
      expect(await bob.rest.put(`${members}/me`)).toMatchObject({ status: 200, body: { role: 'member' } });
      expect(await ada.rest.post(members, { userUUIDs: [eve.UUID, NOBODY] })).toMatchObject({
        status: 200,
        body: { userUUIDs: [eve.UUID], refused: [{ userUUID: NOBODY, name: 'USER_NOT_FOUND' }] },
      });
      const { body } = await ada.rest.get(`${members}?limit=2`);
      expect(body).toMatchObject({
        total: 3,
        members: [{ UUID: ada.UUID, role: 'owner' }, { UUID: bob.UUID }],
      });
      expect(body.cursor).toEqual(expect.any(String));
      expect((await ada.rest.put(`${members}/${bob.UUID}/role`, { role: 'moderator' })).status).toBe(200);
      expect((await bob.rest.put(`${members}/${eve.UUID}/mute`, { seconds: 60 })).body.mutedUntil).toEqual(
        expect.any(String),
      );
      expect(await eve.rest.post(`/channels/${channelUUID}/messages`, { message: 'x' })).toMatchObject(
        problem('FORBIDDEN', 403),
      );
      expect((await bob.rest.delete(`${members}/${eve.UUID}?ban=true`)).body).toMatchObject({ ban: true });
      expect(await eve.rest.put(`${members}/me`)).toMatchObject({ status: 403 });
      expect((await bob.rest.delete(`${members}/${eve.UUID}/ban`)).status).toBe(200);
      expect((await eve.rest.put(`${members}/me`)).status).toBe(200);
      expect((await bob.rest.delete(`${members}/${bob.UUID}`)).status).toBe(200);
    });
  });

  it('contacts are added, listed and removed, and others blocked', async () => {
    for (const path of [`/contacts/${bob.UUID}`, `/blocks/${eve.UUID}`])
      expect(await ada.rest.put(path)).toMatchObject({ status: 204, body: '' });
    expect((await ada.rest.get('/contacts?limit=10')).body).toMatchObject({
      contacts: [{ UUID: bob.UUID }],
      blocked: [{ UUID: eve.UUID }],
    });
    for (const path of [`/contacts/${bob.UUID}`, `/blocks/${eve.UUID}`])
      expect(await ada.rest.delete(path)).toMatchObject({ status: 204 });
    expect(await ada.rest.put(`/contacts/${NOBODY}`)).toMatchObject(problem('USER_NOT_FOUND', 404));
  });

  describe('refuses', () => {
    it('who brings no key, a wrong one, or credentials of another kind', async () => {
      const none = await open.get('/users/me');
      expect(none).toMatchObject(problem('NOT_SIGNED_IN', 401));
      expect(none.headers.get('www-authenticate')).toBe('Bearer realm="parley"');
      for (const authorization of ['Bearer x', 'Basic eDp4', `Bearer ${'a'.repeat(64)}`])
        expect(await open.get('/users/me', { authorization })).toMatchObject(problem('SESSION_EXPIRED', 401));
    });

    it('what is no JSON, another media type, and a body that is too large', async () => {
      const path = '/channels/general/messages';
      const refused = async (body: string, type?: string) =>
        ada.rest.post(path, body, type === undefined ? {} : { 'content-type': type });
      expect(await refused('{"message":')).toMatchObject(problem('BAD_JSON', 400));
      expect(await refused('')).toMatchObject(problem('BAD_JSON', 400));
      const url = gateways.stack.gateways[0]!.httpUrl;
      for (const [body, type, status] of [
        ['message=x', 'application/x-www-form-urlencoded', 415],
        [JSON.stringify({ message: 'x'.repeat(FRAME_BYTES) }), 'application/json', 413],
      ] as const) {
        const headers = { authorization: `Bearer ${ada.accessKey}`, 'content-type': type };
        const answer = await fetch(`${url}/api/v1${path}`, { method: 'POST', headers, body });
        expect(answer.status).toBe(status);
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        expect(await answer.json()).toMatchObject({ name: 'INVALID_FIELD', status });
      }
    });

    it('a head that is too large', async () => {
      const headers = { 'x-large': 'x'.repeat(20 * 1024) };
      const answer = await fetch(`${gateways.stack.gateways[0]!.httpUrl}/api/v1/users/me`, { headers });
      expect(answer.status).toBe(431);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toMatchObject({ name: 'INVALID_FIELD', status: 431 });
    });

    it('an unknown route, and an Idempotency-Key that is none', async () => {
      expect(await ada.rest.get('/nothing')).toMatchObject(problem('UNKNOWN_TYPE', 404));
      expect(await ada.rest.put('/users/me', {})).toMatchObject(problem('UNKNOWN_TYPE', 404));
      const headers = { 'idempotency-key': 'x'.repeat(65) };
      const reply = await ada.rest.post('/channels/general/messages', { message: 'x' }, headers);
      expect(reply).toMatchObject(problem('INVALID_FIELD', 400));
    });
  });

  it('lets pages of allowed origins ask, and no others', async () => {
    const url = `${gateways.stack.gateways[0]!.httpUrl}/api/v1/users/me`;
    const preflight = (origin: string) =>
      fetch(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    const allowed = await preflight('https://pages.example');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://pages.example');
    expect(allowed.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const refused = await preflight('https://elsewhere.example');
    expect(refused.status).toBe(403);
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    const asked = await ada.rest.get('/users/me', { origin: 'https://pages.example' });
    expect(asked.headers.get('access-control-expose-headers')).toContain('ratelimit');
  });

  it('tells callers of their budget, and refuses what is too much', async () => {
    const greedy = await newUser(open);
    const replies: RestReply[] = [];
    while (replies.length < BURST + 50)
      replies.push(...(await Promise.all(Array.from({ length: 25 }, () => greedy.rest.get('/users/me')))));
    expect(replies.find(({ status }) => status === 200)?.headers.get('ratelimit-policy')).toBe(
      `"requests";q=${BURST};w=${BURST}`,
    );
    const refused = replies.find(({ status }) => status === 429)!;
    expect(refused).toMatchObject(problem('RATE_LIMITED', 429));
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit')).toContain('r=0');
    expect((await ada.rest.get('/users/me')).status).toBe(200);
  });

  it('serves the documents to anyone, and pages that load nothing from elsewhere', async () => {
    const { httpUrl } = gateways.stack.gateways[1]!;
    const served = { 'openapi.json': { openapi: '3.1.1' }, 'asyncapi.json': { asyncapi: '3.0.0' } };
    for (const [name, head] of Object.entries(served)) {
      const document = await fetch(`${httpUrl}/api/${name}`);
      expect(await document.json()).toMatchObject(head);
      const headers = { 'if-none-match': document.headers.get('etag')! };
      expect((await fetch(`${httpUrl}/api/${name}`, { headers })).status).toBe(304);
    }
    for (const path of ['/api/docs', '/api/docs/frames']) {
      const page = await fetch(httpUrl + path);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      const linked = [...(await page.text()).matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, url]) => url!);
      for (const url of linked.filter((each) => !each.startsWith('data:')))
        await loadFrom(httpUrl, path, url);
    }
    expect((await fetch(`${httpUrl}/api/docs/none.js`)).status).toBe(404);
  });

  it('has called every operation with success', () => {
    const ofUsers = REST_OPERATION_IDS.filter((id) => restOperation(id).scope === undefined);
    expect(ofUsers.filter((id) => !traffic.succeeded.has(id))).toEqual([]);
  });
});

/** Loads what a page links to, and what that imports: all of it lies on this host. */
async function loadFrom(host: string, page: string, url: string): Promise<void> {
  const { href, origin, pathname } = new URL(url, host + page);
  expect(origin).toBe(host);
  const answer = await fetch(href);
  expect([href, answer.status]).toEqual([href, 200]);
  if (!pathname.endsWith('.js')) return;
  for (const [, imported] of (await answer.text()).matchAll(/ from '([^']+)'/g))
    await loadFrom(host, pathname, imported!);
}
