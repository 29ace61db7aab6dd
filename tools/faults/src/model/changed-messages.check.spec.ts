import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { ChatClient } from '@parley/client';
import type { Message } from '@parley/protocol';
import { eventually } from '@parley/testing';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { Stage } from '../stage/stage.js';

jest.setTimeout(300_000);

const SEED = randomInt(2 ** 31);
const CHANGES = 200;
const PATIENCE = { timeoutMs: 90_000, everyMs: 200 };

/** What somebody does; `which` picks a message among those that there are. */
const deed = fc.record({
  by: fc.nat(1),
  what: fc.constantFrom('post', 'post', 'edit', 'delete', 'react', 'react', 'react', 'unreact'),
  which: fc.nat(1_000),
  reaction: fc.constantFrom('👍', '🎉', 'x'),
});
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

let stage: Stage;
const clients: ChatClient[] = [];
/** The connection of each client. */
const sockets = new Map<ChatClient, WebSocket>();

beforeAll(async () => {
  stage = await Stage.start({ settings: { AUTH_REPLICAS: '1', USERS_REPLICAS: '1' } });
});

afterAll(async () => {
  for (const client of clients) client.close();
  await stage?.remove();
});

function clientOf(urls: readonly string[]): ChatClient {
  const webSocket = (url: string) => {
    const socket = new WebSocket(url);
    sockets.set(client, socket);
    return socket;
  };
  const client = new ChatClient({ urls, webSocket, keptMessages: CHANGES, reconnect: { firstMs: 50 } });
  clients.push(client);
  return client;
}

/** Does it by its author, or not at all if it is refused: another may have deleted the message. */
async function happen(writers: readonly ChatClient[], log: readonly Message[], deed: Deed): Promise<void> {
  const client = writers[deed.by]!;
  const { UUID, SenderUUID } = log[deed.which % log.length] ?? {};
  if (UUID === undefined || deed.what === 'post') await client.post({}, `text ${deed.which}`);
  else if (deed.what === 'react') await client.react({}, UUID, deed.reaction);
  else if (deed.what === 'unreact') await client.unreact({}, UUID, deed.reaction);
  else {
    const author = writers.find(({ session }) => session?.userUUID === SenderUUID)!;
    if (deed.what === 'edit') await author.edit({}, UUID, `edited ${deed.which}`);
    else await author.delete({}, UUID);
  }
}

const GONE = ['MESSAGE_NOT_FOUND', 'FORBIDDEN'];

/** Whether the sender was online when it was written or read is no part of the state. */
const stateOf = (messages: readonly Message[]) => messages.map(({ Sender, Recipient, ...rest }) => rest);

it(`a client that resumes has the messages of one that never left (seed ${SEED})`, async () => {
  const [first, second] = stage.stack.gateways.map(({ url }) => url) as [string, string];
  // The first gateway is killed, with those who are on it. The watcher stays on the other.
  const writers = [clientOf([second]), clientOf([second])];
  const [watcher, leaver] = [clientOf([second]), clientOf([first, second])];
  for (const [n, client] of [...writers, watcher].entries())
    await client.signUp(`user ${n} ${SEED}`, 'secret');
  await leaver.signIn(`user 2 ${SEED}`, 'secret');
  const reloads: unknown[] = [];
  for (const client of [watcher, leaver]) {
    client.on('reload', (reload) => reloads.push(reload));
    await client.subscribe();
  }
  let returns = 0;
  leaver.on('state', ({ state }) => {
    returns += Number(state === 'online');
  });
  const deeds = fc.sample(deed, { seed: SEED, numRuns: CHANGES });
  for (const [n, each] of deeds.entries()) {
    if (n % 20 === 10) sockets.get(leaver)!.terminate();
    if (n % 50 === 25) stage.stack.kill('gateway-1', 'SIGKILL');
    if (n % 50 === 40) stage.stack.kill('channels-1', 'SIGKILL');
    await happen(writers, watcher.messages(), each).catch((error: Error) => {
      if (!GONE.includes(error.name)) throw error;
    });
  }
  await eventually(() => {
    expect(leaver.state).toBe('online');
    expect(leaver.positions).toEqual(watcher.positions);
  }, PATIENCE);
  const page = await watcher.history({}, { limit: 100 });
  const newest = (client: ChatClient) => stateOf(client.messages().slice(-page.messages.length));
  expect(stateOf(leaver.messages())).toEqual(stateOf(watcher.messages()));
  expect(newest(watcher)).toEqual(stateOf(page.messages));
  expect(reloads).toEqual([]);
  expect(returns).toBeGreaterThan(4);
  expect(watcher.messages().length).toBeGreaterThan(20);
});
