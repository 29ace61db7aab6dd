import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ChatClient } from './chat-client.js';
import { FakeChat } from './fixtures/fake-chat.js';
import type { Network } from './wire/network.js';

/** A device whose network comes and goes. */
class FakeNetwork implements Network {
  isDown = false;
  readonly listeners = new Set<() => void>();

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  becomes(isDown: boolean): void {
    this.isDown = isDown;
    for (const listener of this.listeners) listener();
  }
}

describe('a client on a device whose network comes and goes', () => {
  let chat: FakeChat;
  let network: FakeNetwork;
  let client: ChatClient;

  const begin = async (url: string, longestMs: number) => {
    const reconnect = { firstMs: longestMs, longestMs };
    client = new ChatClient({ url, webSocket: chat.webSocket, network, reconnect });
    await client.signIn('u', 'p');
  };
  /** Resolves with the next event of that name. */
  const next = (name: 'state' | 'reconnect') =>
    new Promise<unknown>((resolve) => {
      const off = client.on(name, (event) => {
        off();
        resolve(event);
      });
    });
  const online = () =>
    new Promise<void>((resolve) => {
      client.on('state', ({ state }) => state === 'online' && resolve());
    });

  beforeEach(() => {
    chat = new FakeChat();
    network = new FakeNetwork();
  });
  afterEach(() => {
    client.close();
    expect(network.listeners.size).toBe(0);
    jest.useRealTimers();
  });

  it('makes no attempt while there is none, and one as soon as there is', async () => {
    await begin('wss://chat.example/ws', 1);
    const waits = next('reconnect');
    network.becomes(true);
    chat.socket.end(1006);
    expect(await waits).toEqual({ at: undefined });
    expect(client).toMatchObject({ isNetworkDown: true, reconnectAt: undefined });
    jest.useFakeTimers();
    jest.advanceTimersByTime(3_600_000);
    jest.useRealTimers();
    expect(chat.dialled).toHaveLength(1);
    const back = online();
    network.becomes(false);
    await back;
    expect(chat.dialled).toHaveLength(2);
  });

  it('ends a long pause when the network comes back, or the application asks for it', async () => {
    await begin('wss://chat.example/ws', 1_000_000_000);
    for (const hurry of [() => network.becomes(false), () => client.reconnectNow()]) {
      const waits = next('reconnect');
      chat.socket.end(1006);
      await waits;
      expect(client.reconnectAt).toBeGreaterThan(Date.now());
      const back = online();
      hurry();
      await back;
      expect(client.reconnectAt).toBeUndefined();
    }
  });

  it('says that the next attempt is made now when there is one again', async () => {
    await begin('wss://chat.example/ws', 1);
    const waits = next('reconnect');
    network.becomes(true);
    chat.socket.end(1006);
    await waits;
    const told: unknown[] = [];
    client.on('reconnect', ({ at }) => told.push([typeof at, client.isNetworkDown]));
    const back = online();
    network.becomes(false);
    await back;
    expect(told).toEqual([['number', false]]);
  });

  it('goes on without one where the server is on the device itself', async () => {
    await begin('ws://localhost:3000/ws', 1);
    const back = online();
    network.becomes(true);
    chat.socket.end(1006);
    await back;
  });

  it('finds out at once whether a connection has outlived a change of the network', async () => {
    await begin('wss://chat.example/ws', 1);
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'performance'] });
    chat.unanswered.add('ping');
    network.becomes(false);
    const lost = next('state');
    jest.advanceTimersByTime(5_000);
    expect(await lost).toMatchObject({ state: 'connecting', code: 1006 });
    const back = online();
    await jest.advanceTimersByTimeAsync(100);
    await back;
  });

  it('finds out at once that a connection has ended with the network', async () => {
    await begin('wss://chat.example/ws', 1);
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'performance'] });
    chat.unanswered.add('ping');
    network.becomes(true);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(client).toMatchObject({ state: 'connecting', isNetworkDown: true });
  });
});
