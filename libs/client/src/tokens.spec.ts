import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CLOSE_CODES } from '@parley/protocol';
import { ChatClient } from './chat-client.js';
import type { ClientEvents } from './events.js';
import { FakeChat, USER } from './fixtures/fake-chat.js';

const EXPIRED = CLOSE_CODES.TOKEN_EXPIRED;
const HOUR_MS = 3_600_000;

describe('a client that signs in with tokens', () => {
  let chat: FakeChat;
  let client: ChatClient;
  let given: number;
  let texts: string[];

  const getToken = async () => {
    given += 1;
    return `token-${given}`;
  };
  const next = (state: ClientEvents['state']['state']) =>
    new Promise<ClientEvents['state']>((resolve) => {
      const off = client.on('state', (event) => {
        if (event.state !== state) return;
        off();
        resolve(event);
      });
    });

  beforeEach(() => {
    chat = new FakeChat();
    chat.tokenMs = HOUR_MS;
    [given, texts] = [0, []];
    client = new ChatClient({
      ...{ url: 'ws://a', webSocket: chat.webSocket, refreshLeastMs: 5, answerTimeoutMs: 2_000 },
      reconnect: { firstMs: 1, longestMs: 5 },
    });
    client.on('message', ({ message }) => texts.push(message.Message));
  });
  afterEach(() => client.close());

  it('says until when the session lives', async () => {
    const session = await client.signInByToken({ token: 'own' });
    expect(session).toEqual({
      userUUID: USER,
      accessKey: 'key',
      expiresAt: expect.stringMatching(/^\d{4}-/),
    });
    expect(chat.last('signIn')).toEqual({ token: 'own' });
  });

  it('refreshes the session with a fresh token before the old one expires', async () => {
    chat.tokenMs = 20;
    await client.signInByToken({ getToken });
    chat.tokenMs = HOUR_MS;
    await chat.request('refresh');
    expect([chat.last('signIn'), chat.last('refresh')]).toEqual([{ token: 'token-1' }, { token: 'token-2' }]);
    expect(chat.dialled).toHaveLength(1);
  });

  it('tries again when a refresh fails', async () => {
    chat.tokenMs = 20;
    chat.refusals.push({ type: 'refresh', name: 'WRONG_TOKEN' });
    await client.signInByToken({ getToken });
    chat.tokenMs = HOUR_MS;
    while (chat.countOf('refresh') < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(chat.last('refresh')).toEqual({ token: 'token-3' });
  });

  it('signs in again with a fresh token after 4502, and misses nothing', async () => {
    await client.signInByToken({ getToken });
    await client.subscribe();
    chat.store('one');
    chat.refusals.push({ type: 'resume', name: 'SESSION_EXPIRED' });
    const back = next('online');
    chat.socket.end(EXPIRED);
    chat.store('two', { silently: true });
    await back;
    expect(chat.last('signIn')).toEqual({ token: 'token-2' });
    expect([chat.countOf('resume'), texts]).toEqual([2, ['one', 'two']]);
  });

  it('only resumes where the session lives on', async () => {
    await client.signInByToken({ getToken });
    const back = next('online');
    chat.socket.end(EXPIRED);
    await back;
    expect([given, chat.countOf('signIn'), chat.countOf('resume')]).toEqual([1, 1, 1]);
  });

  it('asks again when it is given no token', async () => {
    let isOut = false;
    let asked = 0;
    await client.signInByToken({
      getToken: () => {
        asked += 1;
        if (isOut && asked < 4) throw new Error('the provider is out');
        return getToken();
      },
    });
    isOut = true;
    for (let times = 0; times < 3; times += 1)
      chat.refusals.push({ type: 'resume', name: 'SESSION_EXPIRED' });
    const back = next('online');
    chat.socket.end(EXPIRED);
    await back;
    expect(asked).toBe(4);
  });

  it('stops when the fresh token is refused, or is of another user', async () => {
    await client.signInByToken({ getToken });
    chat.refusals.push({ type: 'resume', name: 'SESSION_EXPIRED' }, { type: 'signIn', name: 'WRONG_TOKEN' });
    let stopped = next('offline');
    chat.socket.end(EXPIRED);
    expect((await stopped).error).toMatchObject({ name: 'WRONG_TOKEN' });
    await client.signInByToken({ getToken });
    chat.refusals.push({ type: 'resume', name: 'SESSION_EXPIRED' });
    chat.user = '6b1c5a2e-0000-4000-8000-000000000000';
    stopped = next('offline');
    chat.socket.end(EXPIRED);
    expect((await stopped).error).toMatchObject({ name: 'NOT_SIGNED_IN' });
  });

  it('stops when its only token has expired', async () => {
    await client.signInByToken({ token: 'only' });
    const stopped = next('offline');
    chat.socket.end(EXPIRED);
    expect((await stopped).error).toMatchObject({ name: 'CLOSED', message: expect.stringMatching(/4502/) });
  });

  it('does not sign in when it is given no token', async () => {
    const getNone = () => Promise.reject(new Error('the user closed the window'));
    await expect(client.signInByToken({ getToken: getNone })).rejects.toMatchObject({
      ...{ name: 'UNAVAILABLE', message: 'getToken failed: the user closed the window' },
    });
    expect(client.state).toBe('offline');
  });
});
