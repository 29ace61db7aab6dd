import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, freePort, type Stack, startStack } from '@parley/local-stack';
import { bundledEntry, Examples, eventually, runAdmin } from '@parley/testing';
import { WebSocket } from 'ws';

jest.setTimeout(240_000);

const PATIENCE = { timeoutMs: 60_000 };

/** What a client of Socket.IO sends and gets: packets of Engine.IO (4) and of Socket.IO (40 connects, 42 emits, 43 acknowledges). */
async function socketIo(port: number, name: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
  const packets: string[] = [];
  socket.on('message', (bytes) => packets.push(String(bytes)));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const got = (begin: string) => eventually(() => packets.some((packet) => packet.startsWith(begin)));
  socket.send(`40${JSON.stringify({ name })}`);
  await got('40{');
  let id = 0;
  const emitWithAck = async (...event: string[]) => {
    id += 1;
    socket.send(`42${id}${JSON.stringify(event)}`);
    await got(`43${id}[`);
  };
  return { socket, emitWithAck, got };
}

describe('the guide from Socket.IO', () => {
  let folder: string;
  let stack: Stack;
  let examples: Examples;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-guide-'));
    const settings = { ...CHEAP_HASHING, PORT: '0', DATA_DIR: folder };
    stack = await startStack({ settings, entry: await bundledEntry() });
    const guide = new URL('../../../../docs/guides/from-socket-io.md', import.meta.url);
    examples = await Examples.of(guide, {
      'ws://localhost:3000/ws': stack.url,
      'http://localhost:3000': stack.gateways[0]!.httpUrl,
    });
  });
  afterAll(async () => {
    await examples?.remove();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has no other programs than those that are run here', () => {
    expect(examples.files).toEqual(['server.ts', 'chat.ts', 'gardener.ts']);
  });

  it('shows a server of Socket.IO that works', async () => {
    const port = await freePort();
    examples.run('server.ts', { PORT: String(port) });
    const ada = await eventually(() => socketIo(port, 'ada'), PATIENCE);
    const grace = await socketIo(port, 'grace');
    for (const { emitWithAck } of [ada, grace]) await emitWithAck('join', 'garden');
    await ada.emitWithAck('message', 'garden', 'hello');
    await grace.got('42["message","ada","hello"'); // what recovery needs follows
    for (const { socket } of [ada, grace]) socket.terminate();
  });

  it('shows a client of Parley that does the same, and a bot in place of the server', async () => {
    const run = (NAME: string) => examples.run('chat.ts', { NAME, PASSWORD: 'a password' });
    const ada = run('ada');
    await eventually(() => expect(ada.lines).toEqual(['ada: hello']), PATIENCE);
    const grace = run('grace');
    await eventually(() => expect(grace.lines).toEqual(['grace: hello']), PATIENCE);
    await eventually(() => expect(ada.lines).toEqual(['ada: hello', 'grace: hello']));

    const { out } = await runAdmin(folder, 'bots-create', 'gardener');
    const [PARLEY_KEY] = /pk_[A-Za-z0-9]+_[A-Za-z0-9]+/.exec(out)!;
    const api = `${stack.gateways[0]!.httpUrl}/api/v1`;
    const headers = { authorization: `Bearer ${PARLEY_KEY}` };
    const answer = await fetch(`${api}/channels?scope=public`, { headers });
    const { channels } = (await answer.json()) as { channels: { channelUUID: string; name: string }[] };
    expect(channels).toMatchObject([{ name: 'garden' }]);
    const environment = { PARLEY_KEY: PARLEY_KEY!, CHANNEL_UUID: channels[0]!.channelUUID, ORDER: '17' };
    for (const time of ['first', 'second']) {
      const { lines, ended } = examples.run('gardener.ts', environment);
      expect({ time, code: await ended, lines }).toEqual({ time, code: 0, lines: ['201'] });
    }
    const said = 'gardener: Order 17 is on its way.';
    for (const { lines } of [ada, grace]) await eventually(() => expect(lines.at(-1)).toBe(said));
    expect(ada.lines.filter((line) => line === said)).toHaveLength(1);
  });
});
