import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { bundledEntry, eventually } from '@parley/testing';
import { WebSocket } from 'ws';
import { ChatClient } from './chat-client.js';

jest.setTimeout(240_000);

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The examples that begin with the name of their file. */
const EXAMPLES = new Map(
  [...README.matchAll(/^```ts\n\/\/ (\S+\.ts)\n(.*?)^```$/gms)].map(([, file, code]) => [file!, code!]),
);

describe("the README's examples", () => {
  let folder: string;
  let stack: Stack;
  let client: ChatClient;
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-readme-'));
    const settings = { ...CHEAP_HASHING, PORT: '0', DATA_DIR: join(folder, 'data') };
    stack = await startStack({ settings, entry: await bundledEntry() });
    client = new ChatClient({ url: stack.url, webSocket: (url) => new WebSocket(url) });
    await client.signUp('bob', 'secret');
    await symlink(MODULES, join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    for (const [file, code] of EXAMPLES)
      await writeFile(join(folder, file), code.replaceAll('ws://localhost:3000/ws', stack.url));
    const options = '--strict --module nodenext --target es2023 --types node --skipLibCheck --outDir .'.split(
      ' ',
    );
    const files = [...EXAMPLES.keys()];
    await promisify(execFile)('node', [join(MODULES, 'typescript/bin/tsc'), ...options, ...files], {
      cwd: folder,
    });
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    client?.close();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs an example. @returns its lines so far, and its exit code once it has ended. */
  const run = (file: string) => {
    const child = spawn('node', [file.replace(/ts$/, 'js')], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(child);
    const lines: string[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
    return { lines, ended: new Promise((resolve) => child.on('close', resolve)) };
  };

  it('are all run here', () => {
    expect([...EXAMPLES.keys()]).toEqual(['chat.ts', 'echo.ts']);
  });

  it('chat.ts signs in, and posts a message', async () => {
    const { lines, ended } = run('chat.ts');
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
    const { ended } = run('echo.ts');
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
