import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Message } from '@parley/protocol';
import { ChatClient } from './chat-client.js';
import { CHANNEL, FakeChat } from './fixtures/fake-chat.js';

/** Lets everything happen that waits for nothing but its turn. */
const turns = async () => {
  for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('the messages of a channel, in a loop', () => {
  let chat: FakeChat;
  let client: ChatClient;

  beforeEach(async () => {
    chat = new FakeChat();
    client = new ChatClient({
      urls: ['ws://a'],
      webSocket: chat.webSocket,
      reconnect: { firstMs: 1, longestMs: 5 },
    });
    await client.signIn('u', 'p');
  });
  afterEach(() => client.close());

  /** Runs a loop until it ends. */
  const read = (
    options: { readonly buffer?: number } = {},
    until: (message: Message) => unknown = () => false,
  ) => {
    const texts: string[] = [];
    const run = async () => {
      for await (const message of client.channel({ channelUUID: CHANNEL }).messages(options)) {
        texts.push(message.Message);
        if (await until(message)) break;
      }
    };
    return { texts, ended: run() };
  };

  it('are those that come from then on, each once', async () => {
    chat.store('before');
    const { texts } = read();
    await chat.request('subscribe');
    await turns();
    for (const text of ['a', 'b']) chat.store(text);
    await turns();
    expect(texts).toEqual(['a', 'b']);
  });

  it('begin with those that come in the same chunk as the answer', async () => {
    chat.cork();
    const { texts } = read();
    await chat.request('subscribe');
    chat.uncork();
    chat.store('at once');
    await turns();
    expect(texts).toEqual(['at once']);
  });

  it('go on after a lost connection, with those that were missed', async () => {
    const { texts } = read();
    await chat.request('subscribe');
    await turns();
    const back = new Promise<void>((resolve) => {
      client.on('state', ({ state }) => state === 'online' && resolve());
    });
    chat.socket.end(1006);
    chat.store('missed', { silently: true });
    await back;
    await turns();
    expect(texts).toEqual(['missed']);
  });

  it('end with `break`, and with them the subscription', async () => {
    const { ended } = read({}, ({ Message }) => Message === 'last');
    await chat.request('subscribe');
    await turns();
    chat.store('last');
    await ended;
    expect(client.positions).toEqual([]);
    expect(chat.countOf('unsubscribe')).toBe(1);
  });

  it('leave a subscription alone that the application has begun, or that another loop needs', async () => {
    await client.subscribe({ channelUUID: CHANNEL });
    const one = read({}, () => true);
    const two = read({}, ({ Message }) => Message === 'b');
    await turns();
    chat.store('a');
    await one.ended;
    chat.store('b');
    await two.ended;
    expect(two.texts).toEqual(['a', 'b']);
    expect(client.positions).toHaveLength(1);
  });

  it('end when the channel is left', async () => {
    const { ended } = read();
    await chat.request('subscribe');
    await turns();
    await client.unsubscribe({ channelUUID: CHANNEL });
    await ended;
  });

  it('end when the client is closed', async () => {
    const { ended } = read();
    await chat.request('subscribe');
    await turns();
    client.close();
    await ended;
  });

  it('throw when messages may be missing, after those that came before', async () => {
    let goOn = () => {};
    const busy = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { texts, ended } = read({}, () => busy.then(() => false));
    await chat.request('subscribe');
    await turns();
    for (const text of ['a', 'b']) chat.store(text);
    chat.loseAfter(1);
    goOn();
    await expect(ended).rejects.toMatchObject({ name: 'RELOAD' });
    expect(texts).toEqual(['a', 'b']);
  });

  it('throw when more wait than the buffer holds', async () => {
    let goOn = () => {};
    const busy = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { texts, ended } = read({ buffer: 2 }, () => busy.then(() => false));
    await chat.request('subscribe');
    await turns();
    chat.store('a');
    await turns();
    for (const text of ['b', 'c', 'd']) chat.store(text);
    goOn();
    await expect(ended).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
    expect(texts).toEqual(['a', 'b', 'c']);
  });

  it('throw what ended the session', async () => {
    const { ended } = read();
    await chat.request('subscribe');
    await turns();
    chat.socket.end(4501);
    await expect(ended).rejects.toMatchObject({ name: 'CLOSED' });
  });
});
