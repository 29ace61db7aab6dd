import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { bundledEntry, Examples, eventually } from '@parley/testing';
import { WebSocket } from 'ws';
import { ChatClient } from './chat-client.js';

jest.setTimeout(240_000);

describe("the README's examples", () => {
  let folder: string;
  let stack: Stack;
  let client: ChatClient;
  let examples: Examples;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-readme-'));
    const settings = { ...CHEAP_HASHING, PORT: '0', DATA_DIR: folder };
    stack = await startStack({ settings, entry: await bundledEntry() });
    client = new ChatClient({ url: stack.url, webSocket: (url) => new WebSocket(url) });
    await client.signUp('bob', 'secret');
    const readme = new URL('../README.md', import.meta.url);
    examples = await Examples.of(readme, { 'ws://localhost:3000/ws': stack.url });
  });
  afterAll(async () => {
    await examples?.remove();
    client?.close();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('are all run here', () => {
    expect(examples.files).toEqual(['chat.ts', 'echo.ts']);
  });

  it('chat.ts signs in, and posts a message', async () => {
    const { lines, ended } = examples.run('chat.ts');
    expect(await ended).toBe(0);
    expect(lines.filter((line) => /^(connecting|online|offline)$/.test(line))).toEqual([
      'connecting',
      'online',
      'offline',
    ]);
    expect((await client.history({}, { limit: 1 })).messages).toMatchObject([{ Message: 'hello' }]);
  });

  it('echo.ts answers each message of the general channel until it is told to stop', async () => {
    await client.subscribe();
    const { ended } = examples.run('echo.ts');
    const heard: string[] = [];
    client.on('message', ({ message }) => heard.push(message.Message));
    const isAnswered = async () => {
      await client.post({}, 'hi');
      return heard.includes('You said: hi');
    };
    await eventually(isAnswered, { timeoutMs: 60_000, everyMs: 200 });
    await client.post({}, 'stop');
    expect(await ended).toBe(0);
  });
});
