import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CHANNEL, FakeClient, ME, OTHER, other } from './fixtures/fake-client.js';
import { act, does, type Page, pageOf } from './fixtures/page.js';
import { useTyping } from './messages/use-typing.js';
import { usePresence } from './people/use-presence.js';
import { useParley } from './provider.js';
import { useConnection } from './use-connection.js';

const POSITION = { channelUUID: CHANNEL, epoch: 'e', seq: 0 };

let client: FakeClient;
let page: Page;

beforeEach(() => {
  client = new FakeClient();
  page = pageOf(client);
});
afterEach(() => page.close());

describe('useTyping', () => {
  const typing = (userUUID = OTHER) =>
    client.emit('typing', { channelUUID: CHANNEL, userUUID, username: 'other' });

  it('shows who writes, until the message is there', async () => {
    const shown = await page.show(() => useTyping(CHANNEL));
    await does(() => typing());
    await does(() => typing());
    expect(shown.now.users).toEqual([{ userUUID: OTHER, username: 'other' }]);
    await does(() => client.write('hello', { by: other }));
    expect(shown.now.users).toEqual([]);
  });

  it('shows somebody who has stopped writing for only 5 more seconds', async () => {
    const shown = await page.show(() => useTyping(CHANNEL));
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date'] });
    try {
      await act(async () => typing());
      expect(shown.now.users).toHaveLength(1);
      await act(async () => void jest.advanceTimersByTime(5_000));
    } finally {
      jest.useRealTimers();
    }
    expect(shown.now.users).toEqual([]);
  });

  it('follows no channel, and renders only where it has changed', async () => {
    const [here, elsewhere] = [await page.show(() => useTyping('')), await page.show(() => useTyping(ME))];
    const renders = elsewhere.all.length;
    await does(() => typing());
    expect(here.now.users).toHaveLength(1);
    expect(elsewhere.all).toHaveLength(renders);
    expect(client.countOf('subscribe')).toBe(0);
  });

  it.each([
    ['the session ends', () => client.becomes('offline')],
    ['the channel is closed', () => client.emit('reload', { channelUUID: CHANNEL, before: POSITION })],
  ])('shows nobody once %s', async (_, ends) => {
    const shown = await page.show(() => useTyping(CHANNEL));
    await does(() => typing());
    await does(ends);
    expect(shown.now.users).toEqual([]);
  });

  it('says that the user writes', async () => {
    const shown = await page.show(() => useTyping(CHANNEL));
    shown.now.signal();
    expect(client.asked.at(-1)).toEqual(['typing', { channelUUID: CHANNEL }]);
  });
});

describe('usePresence', () => {
  const sys = (type: 'signIn' | 'signOut') =>
    client.emit('frame', { type: 'sys', sys: { type, [type]: { uuid: OTHER, username: 'other' } } } as never);

  it('asks once for users of whom nothing is known, and shows who comes and goes', async () => {
    client.contactList = [other];
    const shown = await page.show(() => usePresence([OTHER, ME]));
    expect([...shown.now]).toEqual([[OTHER, true]]);
    await does(() => sys('signOut'));
    expect(shown.now.get(OTHER)).toBe(false);
    expect([client.countOf('contacts'), client.countOf('users')]).toEqual([1, 1]);
  });

  it('is the same map while nothing in it changes', async () => {
    const shown = await page.show(() => usePresence([ME]));
    const before = shown.now;
    await does(() => sys('signIn'));
    expect(shown.now).toBe(before);
  });
});

describe('useConnection', () => {
  it('shows a lost connection, when the next attempt is made, and that it is back', async () => {
    const shown = await page.show(useConnection);
    expect(shown.now).toMatchObject({ status: 'online', isLost: false });
    await does(() => client.becomes('connecting', { code: 1006 }));
    client.reconnectAt = 1_234;
    await does(() => client.emit('reconnect', { at: 1_234 }));
    expect(shown.now).toMatchObject({ status: 'connecting', isLost: true, reconnectAt: 1_234 });
    shown.now.reconnectNow();
    expect(client.countOf('reconnectNow')).toBe(1);
    client.reconnectAt = undefined;
    await does(() => client.becomes('online'));
    expect(shown.now).toMatchObject({ status: 'online', isLost: false, reconnectAt: undefined });
  });
});

describe('useParley', () => {
  it('is the client', async () => {
    expect((await page.show(useParley)).now).toBe(client);
  });
});
