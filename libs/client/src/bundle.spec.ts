import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { FakeChat, USER } from './fixtures/fake-chat.js';

const bundler = fileURLToPath(new URL('fixtures/bundle.mjs', import.meta.url));

/** What a page loads: everything that this package exports, and all that it imports. */
async function bundle(format: 'es' | 'iife'): Promise<{ text: string; sources: string[] }> {
  return JSON.parse((await promisify(execFile)('node', [bundler, format])).stdout);
}

describe('the client in a browser', () => {
  it('is less than 15 KB, gzipped, with everything that it imports', async () => {
    const { text } = await bundle('es');
    expect(gzipSync(text, { level: 9 }).length).toBeLessThan(15 * 1024);
  });

  it('contains no package of others, and of the protocol only constants', async () => {
    const { sources } = await bundle('es');
    expect(sources.filter((source) => /node_modules\/(?!@parley)/.test(source))).toEqual([]);
    const names = sources
      .filter((source) => /protocol/.test(source))
      .map((source) => source.replace(/.*\//, ''));
    expect(names).not.toContain('index.js');
    expect(names).not.toContain('requests.js');
  });

  it('signs in where there is nothing but what browsers have', async () => {
    const { text } = await bundle('iife');
    const chat = new FakeChat();
    const browser = {
      ...{ setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, performance, crypto },
      WebSocket: function open(url: string) {
        return chat.webSocket(url);
      },
      ...{
        navigator: { onLine: true },
        addEventListener: () => undefined,
        removeEventListener: () => undefined,
      },
    };
    const script = `${text};
      const client = new parley.ChatClient({ url: 'wss://chat.example/ws' });
      client.signIn('u', 'p').then((session) => {
        client.close();
        return session.userUUID;
      });`;
    expect(await runInContext(script, createContext(browser))).toBe(USER);
  });
});
