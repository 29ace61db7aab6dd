import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { type BuildOptions, build } from 'esbuild';
import { FakeChat, USER } from './fixtures/fake-chat.js';

const index = fileURLToPath(new URL('index.ts', import.meta.url));

/** What a page loads: everything that this package exports, and all that it imports. */
async function bundle(options: BuildOptions = {}) {
  const { outputFiles, metafile } = await build({
    ...{ entryPoints: [index], bundle: true, minify: true, write: false, metafile: true, logLevel: 'silent' },
    ...{ platform: 'browser', format: 'esm', target: 'es2023', ...options },
  });
  return { text: outputFiles![0]!.text, sources: Object.keys(metafile!.inputs) };
}

describe('the client in a browser', () => {
  it('is less than 15 KB, gzipped, with everything that it imports', async () => {
    const { text } = await bundle();
    expect(gzipSync(text, { level: 9 }).length).toBeLessThan(15 * 1024);
  });

  it('contains no package of others, and of the protocol only constants', async () => {
    const { sources } = await bundle();
    expect(sources.filter((source) => /node_modules\/(?!@parley)/.test(source))).toEqual([]);
    const names = sources
      .filter((source) => /protocol/.test(source))
      .map((source) => source.replace(/.*\//, ''));
    expect(names).not.toContain('index.js');
    expect(names).not.toContain('requests.js');
  });

  it('signs in where there is nothing but what browsers have', async () => {
    const { text } = await bundle({ format: 'iife', globalName: 'parley' });
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
