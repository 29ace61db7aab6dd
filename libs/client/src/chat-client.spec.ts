import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CLOSE_CODES } from '@parley/protocol';
import { ChatClient } from './chat-client.js';
import type { ClientEvents } from './events.js';
import { CHANNEL, FakeChat, USER } from './fixtures/fake-chat.js';
import type { ChatClientOptions } from './options.js';

/** A pause of a client in these tests is at most this long, in ms. */
const SHORT = { firstMs: 1, longestMs: 5 };

describe('the client', () => {
  let chat: FakeChat;
  let client: ChatClient;
  let texts: string[];
  let reloads: ClientEvents['reload'][];

  const make = (options: Partial<ChatClientOptions> = {}) => {
    client = new ChatClient({
      urls: ['ws://a', 'ws://b'],
      webSocket: chat.webSocket,
      reconnect: SHORT,
      ...options,
    });
    client.on('message', ({ message }) => texts.push(message.Message));
    client.on('reload', (reload) => reloads.push(reload));
  };

  /** Resolves when the client next tells that state. */
  const next = (state: ClientEvents['state']['state']) =>
    new Promise<ClientEvents['state']>((resolve) => {
      const off = client.on('state', (event) => {
        if (event.state !== state) return;
        off();
        resolve(event);
      });
    });

  const loseConnection = async (code: number = 1006) => {
    const back = next('online');
    chat.socket.end(code);
    await back;
  };

  beforeEach(() => {
    chat = new FakeChat();
    texts = [];
    reloads = [];
    make();
  });

  afterEach(() => client.close());

  it('signs in, and reports who is signed in', async () => {
    expect(client.state).toBe('offline');
    expect(await client.signIn('u', 'p')).toEqual({ userUUID: USER, accessKey: 'key' });
    expect([client.state, client.session?.userUUID]).toEqual(['online', USER]);
  });

  it('signs in at another address when the first does not answer', async () => {
    chat.deaf.add('ws://a');
    await client.signIn('u', 'p');
    expect(chat.dialled).toEqual(['ws://a', 'ws://b']);
  });

  it('reports why a sign-in failed, and can sign in afterwards', async () => {
    chat.refusals.push({ type: 'signIn', name: 'WRONG_PASSWORD' });
    await expect(client.signIn('u', 'p')).rejects.toMatchObject({ name: 'WRONG_PASSWORD', retryable: false });
    expect(client.state).toBe('offline');
    await client.signIn('u', 'p');
  });

  it('reports each message of a subscribed channel once and in order', async () => {
    await client.signIn('u', 'p');
    chat.store('before');
    expect(await client.subscribe()).toMatchObject({ channelUUID: CHANNEL, seq: 1 });
    const one = chat.store('one');
    chat.deliver(chat.socket, one);
    chat.store('two');
    expect(texts).toEqual(['one', 'two']);
    expect(client.positions).toEqual([{ channelUUID: CHANNEL, epoch: 'epoch-1', seq: 3 }]);
  });

  it.each([1006, 1001, 1012, CLOSE_CODES.DRAINING, CLOSE_CODES.TOO_SLOW])(
    'resumes at the other address after close code %d',
    async (code) => {
      await client.signIn('u', 'p');
      await client.subscribe();
      chat.store('one');
      const back = next('online');
      chat.socket.end(code);
      chat.store('missed');
      await back;
      chat.store('live');
      expect(texts).toEqual(['one', 'missed', 'live']);
      expect(chat.dialled).toEqual(['ws://a', 'ws://b']);
      expect(chat.asked.find(({ type }) => type === 'resume')?.['resume']).toEqual({
        accessKey: 'key',
        channels: [{ channelUUID: CHANNEL, epoch: 'epoch-1', seq: 1 }],
      });
    },
  );

  it('resumes when messages are missing, and reports them before the later ones', async () => {
    await client.signIn('u', 'p');
    await client.subscribe();
    chat.store('one', { silently: true });
    const back = next('online');
    chat.store('two');
    expect(texts).toEqual([]);
    await back;
    expect(texts).toEqual(['one', 'two']);
  });

  it('joins again what it had joined, and unsubscribes from it when it leaves', async () => {
    await client.signIn('u', 'p');
    await client.join();
    await loseConnection();
    expect(chat.countOf('channelJoin')).toBe(2);
    chat.store('live');
    expect(texts).toEqual(['live']);
    await client.leave();
    expect(chat.countOf('unsubscribe')).toBe(1);
    await loseConnection();
    expect(client.positions).toEqual([]);
  });

  it('asks for a reload when it has what the log lost meanwhile, and continues with its numbers', async () => {
    await client.signIn('u', 'p');
    await client.subscribe();
    chat.store('one');
    chat.loseAfter(0, { silently: true });
    await loseConnection();
    chat.store('two');
    expect(reloads).toEqual([
      {
        channelUUID: CHANNEL,
        before: { channelUUID: CHANNEL, epoch: 'epoch-1', seq: 1 },
        now: { channelUUID: CHANNEL, epoch: 'epoch-2', seq: 0 },
      },
    ]);
    expect(texts).toEqual(['one', 'two']);
  });

  it('continues in the epoch that it resumes in when it has lost nothing', async () => {
    await client.signIn('u', 'p');
    await client.subscribe();
    chat.store('one');
    chat.loseAfter(1, { silently: true });
    const back = next('online');
    chat.socket.end(1006);
    chat.store('two');
    await back;
    chat.store('three');
    expect([texts, reloads]).toEqual([['one', 'two', 'three'], []]);
    expect(client.positions).toEqual([{ channelUUID: CHANNEL, epoch: 'epoch-2', seq: 3 }]);
  });

  describe.each(['subscribe', 'join'] as const)('after %s', (follow) => {
    it('asks for a reload when the log has lost what it has, and shows what takes its place', async () => {
      await client.signIn('u', 'p');
      await client[follow]();
      for (const text of ['one', 'two', 'three']) chat.store(text);
      chat.loseAfter(1);
      chat.store('other two');
      expect(reloads).toEqual([
        {
          channelUUID: CHANNEL,
          before: { channelUUID: CHANNEL, epoch: 'epoch-1', seq: 3 },
          now: { channelUUID: CHANNEL, epoch: 'epoch-2', seq: 1 },
        },
      ]);
      expect(texts).toEqual(['one', 'two', 'three', 'other two']);
    });

    it('asks for a reload when the log has lost what it has, and nobody has written to it since', async () => {
      await client.signIn('u', 'p');
      await client[follow]();
      for (const text of ['one', 'two', 'three']) chat.store(text);
      const channelEpoch = { channelUUID: CHANNEL, epoch: 'epoch-1', from: 1 };
      chat.socket.deliver({ type: 'sys', sys: { type: 'channelEpoch', channelEpoch } });
      expect(reloads).toMatchObject([{ before: { seq: 3 }, now: { epoch: 'epoch-1', seq: 1 } }]);
      expect(chat.sockets.length).toBe(1);
    });

    it('continues without a word when the log has lost nothing that it has', async () => {
      await client.signIn('u', 'p');
      await client[follow]();
      chat.store('one');
      chat.loseAfter(1);
      chat.store('two');
      expect([texts, reloads, chat.sockets.length]).toEqual([['one', 'two'], [], 1]);
      expect(client.positions).toEqual([{ channelUUID: CHANNEL, epoch: 'epoch-2', seq: 2 }]);
    });

    it('resumes when a server that tells no epoch sends a message in place of one that it has', async () => {
      await client.signIn('u', 'p');
      await client[follow]();
      for (const text of ['one', 'two', 'three']) chat.store(text);
      chat.loseAfter(1, { silently: true });
      const back = next('online');
      chat.store('other two');
      await back;
      chat.store('other three');
      expect(reloads).toMatchObject([{ before: { seq: 3 }, now: { epoch: 'epoch-2', seq: 2 } }]);
      expect(texts).toEqual(['one', 'two', 'three', 'other three']);
    });
  });

  it('names the partner of a private channel when it resumes and joins again', async () => {
    await client.signIn('u', 'p');
    await client.subscribe({ recipientUUID: USER });
    await loseConnection();
    expect(chat.last('resume')).toMatchObject({ channels: [{ channelUUID: CHANNEL, recipientUUID: USER }] });
    await client.join({ recipientUUID: USER });
    await loseConnection();
    expect(chat.last('channelJoin')).toMatchObject({ recipientUUID: USER });
  });

  it('asks for a reload when the server says, unasked, that the epoch is new', async () => {
    await client.signIn('u', 'p');
    await client.subscribe();
    chat.socket.deliver({ type: 'subscribed', subscribed: { channelUUID: CHANNEL, epoch: 'e2', seq: 7 } });
    expect(reloads).toHaveLength(1);
    expect(client.positions).toEqual([{ channelUUID: CHANNEL, epoch: 'e2', seq: 7 }]);
  });

  it('asks for a reload when missing messages cannot be recovered, and not when it has them all', async () => {
    await client.signIn('u', 'p');
    await client.subscribe();
    chat.store('one');
    const told = (seq: number) =>
      chat.socket.deliver({
        type: 'subscribed',
        subscribed: { channelUUID: CHANNEL, epoch: 'epoch-1', seq },
      });
    told(1);
    expect(reloads).toEqual([]);
    told(5);
    expect(reloads).toMatchObject([{ before: { seq: 1 }, now: { seq: 5 } }]);
  });

  it('is online although it may not join again yet, and joins when it may', async () => {
    await client.signIn('u', 'p');
    await client.join();
    chat.refusals.push({ type: 'channelJoin', name: 'RATE_LIMITED', retryAfterMs: 50 });
    const back = next('online');
    chat.socket.end(1006);
    chat.store('one');
    await back;
    chat.store('two');
    expect([texts, chat.sockets.length, client.waiting]).toEqual([['one', 'two'], 2, 1]);
    await client.leave();
    expect([chat.countOf('channelJoin'), chat.countOf('channelLeave'), chat.sockets.length]).toEqual([
      3, 1, 2,
    ]);
  });

  it('drops a channel that is no longer open to its user', async () => {
    await client.signIn('u', 'p');
    await client.subscribe();
    chat.isForbidden = true;
    await loseConnection();
    expect(reloads).toEqual([
      { channelUUID: CHANNEL, before: { channelUUID: CHANNEL, epoch: 'epoch-1', seq: 0 } },
    ]);
    expect(client.positions).toEqual([]);
  });

  it('leaves no timer running, whether online or between two attempts', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await client.signIn('u', 'p');
    chat.refusals.push({ type: 'channelMessage', name: 'OVERLOADED', retryAfterMs: 60_000 });
    const posted = client.post({}, 'text').catch((error: Error) => error.name);
    chat.socket.end(1006);
    await next('connecting');
    expect(timers()).toBeGreaterThan(before);
    client.close();
    expect(await posted).toBe('NOT_SIGNED_IN');
    await client.signIn('u', 'p');
    client.close();
    expect(timers()).toBe(before);
  });

  it('posts once, however often the connection is lost before the ack', async () => {
    await client.signIn('u', 'p');
    chat.unanswered.add('channelMessage');
    const posted = client.post({}, 'text', { clientUUID: 'mine' });
    await loseConnection();
    await loseConnection();
    chat.unanswered.clear();
    await loseConnection();
    expect(await posted).toMatchObject({ Seq: 1, clientUUID: 'mine' });
    expect(chat.countOf('channelMessage')).toBeGreaterThan(1);
    expect(chat.log).toHaveLength(1);
    expect(client.waiting).toBe(0);
  });

  it('sends a post made while offline once it is back', async () => {
    await client.signIn('u', 'p');
    chat.socket.end(1006);
    await next('connecting');
    expect((await client.post({}, 'text')).Seq).toBe(1);
  });

  it('repeats a post after a transient error, no sooner than the server allows', async () => {
    await client.signIn('u', 'p');
    chat.refusals.push({ type: 'channelMessage', name: 'OVERLOADED', retryAfterMs: 60 });
    const since = performance.now();
    await client.post({}, 'text');
    expect(performance.now() - since).toBeGreaterThanOrEqual(59);
    expect(chat.countOf('channelMessage')).toBe(2);
  });

  it('stores the posts of a channel in their order, although the first is refused at first', async () => {
    await client.signIn('u', 'p');
    chat.refusals.push({ type: 'channelMessage', name: 'OVERLOADED' });
    await Promise.all(['1', '2', '3'].map((text) => client.post({}, text)));
    expect(chat.log.map(({ Message }) => Message)).toEqual(['1', '2', '3']);
  });

  it('stores them in their order although they name the channel in two ways', async () => {
    await client.signIn('u', 'p');
    chat.refusals.push({ type: 'channelMessage', name: 'OVERLOADED' });
    const posts = [client.post({}, '1'), client.post({ channelUUID: CHANNEL.toUpperCase() }, '2')];
    posts.push(client.post({ recipientUUID: '' }, '3'));
    await Promise.all(posts);
    chat.refusals.push({ type: 'channelMessage', name: 'OVERLOADED' });
    await Promise.all([client.post({ channelUUID: CHANNEL }, '4'), client.post({}, '5')]);
    expect(chat.log.map(({ Message }) => Message)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('stores them in their order although the connection is lost while the first is under way', async () => {
    await client.signIn('u', 'p');
    chat.refusals.push({ type: 'channelMessage', name: 'OVERLOADED', retryAfterMs: 50 });
    const posts = ['1', '2', '3'].map((text) => client.post({}, text));
    await loseConnection();
    await Promise.all(posts);
    expect(chat.log.map(({ Message }) => Message)).toEqual(['1', '2', '3']);
  });

  it('does not let a post wait for one to another channel', async () => {
    await client.signIn('u', 'p');
    const other = '00000000-0000-4000-8000-000000000009';
    chat.unanswered.add('channelMessage');
    void client.post({ channelUUID: CHANNEL }, '1').catch(() => undefined);
    void client.post({ channelUUID: other }, '2').catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(chat.countOf('channelMessage')).toBe(2);
  });

  it.each([
    ['leave, join', () => [client.leave(), client.join()], true],
    ['join, leave', () => [client.join(), client.leave()], false],
    ['leave, join, leave', () => [client.leave(), client.join(), client.leave()], false],
    ['unsubscribe, subscribe', () => [client.unsubscribe(), client.subscribe()], true],
    ['subscribe, unsubscribe', () => [client.subscribe(), client.unsubscribe()], false],
  ])('follows the frames of %s, whether answered in one chunk or refused at first', async (_, ask, hears) => {
    await client.signIn('u', 'p');
    const begin: () => Promise<unknown> = () =>
      ask.toString().includes('subscribe') ? client.subscribe() : client.join();
    await begin();
    for (const refused of [undefined, 'channelLeave', 'channelJoin', 'unsubscribe', 'subscribe']) {
      if (refused !== undefined) chat.refusals.push({ type: refused, name: 'OVERLOADED' });
      chat.cork();
      let isDone = false;
      const done = Promise.all<unknown>(ask()).finally(() => {
        isDone = true;
      });
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve));
        chat.uncork();
      }
      await done;
      texts.length = 0;
      chat.store('live');
      expect([refused, texts]).toEqual([refused, hears ? ['live'] : []]);
      chat.refusals.length = 0;
      if (!hears) await begin();
    }
  });

  it('keeps a subscription that is made while a channel is left that it had resumed', async () => {
    await client.signIn('u', 'p');
    await client.join();
    await loseConnection();
    await Promise.all([client.leave(), client.subscribe()]);
    await client.subscribe();
    chat.store('live');
    expect(texts).toEqual(['live']);
    await client.unsubscribe();
    chat.store('unheard');
    expect(texts).toEqual(['live']);
  });

  it('hears nothing more of a channel that it has left, also after a resume', async () => {
    await client.signIn('u', 'p');
    await client.join();
    await loseConnection();
    chat.unanswered.add('unsubscribe');
    await client.leave();
    chat.store('live');
    expect([texts, client.positions]).toEqual([[], []]);
  });

  it('is not signed in when the session is ended in the chunk of its sign-in', async () => {
    client.on('frame', ({ type }) => {
      if (type === 'authorized') chat.socket.deliver({ type: 'signOut', signOut: { uuid: USER } });
    });
    await expect(client.signIn('u', 'p')).rejects.toMatchObject({ name: 'NOT_SIGNED_IN' });
    expect([client.state, client.session]).toEqual(['offline', undefined]);
  });

  it('leaves no connection when it is closed while one opens', async () => {
    await client.signIn('u', 'p');
    chat.mayOpen = new Promise((resolve) => {
      client.on('state', () => client.state === 'offline' && setImmediate(resolve));
    });
    chat.socket.end(1006);
    while (chat.dialled.length < 2) await new Promise((resolve) => setImmediate(resolve));
    client.close();
    while (chat.sockets.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(chat.sockets.map(({ isOpen }) => isOpen)).not.toContain(true);
  });

  it('rejects a request whose answer it cannot read', async () => {
    await client.signIn('u', 'p');
    chat.unanswered.add('channelMessage');
    const posted = client.post({}, 'text');
    const id = (await chat.request('channelMessage')).id;
    chat.socket.deliver({ type: 'somethingNew', id });
    await expect(posted).rejects.toMatchObject({ name: 'INTERNAL' });
  });

  it('rejects a post when repeating would not help', async () => {
    await client.signIn('u', 'p');
    chat.refusals.push({ type: 'channelMessage', name: 'FORBIDDEN' });
    await expect(client.post({}, 'text')).rejects.toMatchObject({ name: 'FORBIDDEN' });
    expect(chat.countOf('channelMessage')).toBe(1);
  });

  it('refuses more requests than its outbox holds', async () => {
    client.close();
    make({ outboxLimit: 2 });
    await client.signIn('u', 'p');
    chat.unanswered.add('channelMessage');
    const waiting = [client.post({}, '1'), client.post({}, '2')];
    await expect(client.post({}, '3')).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
    client.close();
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('refuses requests that hold more bytes than its outbox may', async () => {
    client.close();
    make({ outboxBytes: 4_000 });
    await client.signIn('u', 'p');
    chat.unanswered.add('channelMessage');
    const waiting = client.post({}, 'x'.repeat(1_000));
    await expect(client.post({}, 'x'.repeat(1_000))).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
    chat.unanswered.clear();
    await loseConnection();
    await waiting;
    expect((await client.post({}, 'x'.repeat(1_000))).Seq).toBe(2);
  });

  it('retries the resume after a transient error', async () => {
    await client.signIn('u', 'p');
    chat.refusals.push({ type: 'resume', name: 'UNAVAILABLE' }, { type: 'resume', name: 'OVERLOADED' });
    await loseConnection();
    expect(chat.countOf('resume')).toBe(3);
  });

  it.each([4500, CLOSE_CODES.BANNED, CLOSE_CODES.POLICY_VIOLATION])(
    'stops after close code %d',
    async (code) => {
      await client.signIn('u', 'p');
      const stopped = next('offline');
      chat.socket.end(code);
      expect((await stopped).error?.retryable).toBe(false);
      expect(client.session).toBeUndefined();
    },
  );

  it('stops when the session has ended, at a resume or while connected', async () => {
    await client.signIn('u', 'p');
    chat.refusals.push({ type: 'resume', name: 'SESSION_EXPIRED' });
    const stopped = next('offline');
    chat.socket.end(1006);
    expect((await stopped).error?.name).toBe('SESSION_EXPIRED');

    await client.signIn('u', 'p');
    const again = next('offline');
    chat.socket.deliver({ type: 'signOut', signOut: { uuid: USER } });
    expect((await again).error?.name).toBe('SESSION_EXPIRED');
  });

  it('signs out and in as another', async () => {
    await client.signIn('u', 'p');
    await client.subscribe();
    await client.signOut();
    expect([client.state, client.positions]).toEqual(['offline', []]);
    await client.signInByKey('key');
    expect(client.session).toEqual({ userUUID: USER, accessKey: 'key' });
  });

  it('detects a dead connection that nobody closed', async () => {
    client.close();
    make({ silenceMs: 20 });
    await client.signIn('u', 'p');
    chat.unanswered.add('ping');
    expect((await next('connecting')).code).toBe(1006);
    await next('online');
    expect(chat.countOf('ping')).toBeGreaterThan(0);
  });

  it('keeps a silent connection whose server answers', async () => {
    client.close();
    make({ silenceMs: 5 });
    await client.signIn('u', 'p');
    const pongs = new Promise<void>((resolve) => {
      let count = 0;
      client.on('frame', ({ type }) => type === 'pong' && ++count === 3 && resolve());
    });
    await pongs;
    expect(chat.sockets).toHaveLength(1);
  });

  it('detects a request that hangs while nothing else arrives', async () => {
    client.close();
    make({ answerTimeoutMs: 40 });
    await client.signIn('u', 'p');
    chat.unanswered.add('channelMessage');
    const posted = client.post({}, 'text');
    expect((await next('connecting')).code).toBe(1006);
    chat.unanswered.clear();
    expect((await posted).Seq).toBe(1);
  });

  it('keeps a connection whose answer is late while other frames arrive', async () => {
    client.close();
    make({ answerTimeoutMs: 40 });
    await client.signIn('u', 'p');
    await client.subscribe();
    chat.cork();
    const posted = client.post({}, 'text');
    const others = setInterval(() => chat.socket.deliver({ type: 'pong', pong: {} }), 4);
    const late = setTimeout(() => chat.uncork(), 120);
    expect((await posted).Seq).toBe(1);
    clearInterval(others);
    clearTimeout(late);
    expect(chat.sockets).toHaveLength(1);
  });

  it('ignores frames of a newer server', async () => {
    await client.signIn('u', 'p');
    chat.socket.deliver({ type: 'somethingNew', somethingNew: {} });
    expect((await client.subscribe()).channelUUID).toBe(CHANNEL);
  });
});
