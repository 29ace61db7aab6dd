import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ChatClient } from '@parley/client';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { bundledEntry, eventually } from '@parley/testing';
import type { HTMLButtonElement } from 'happy-dom';
import { createElement } from 'react';
import { WebSocket } from 'ws';
import { Chat, startChat } from './fixtures/five-minutes-chat.js';
import { act, ownRoot, runFreely, settle, typeInto } from './fixtures/page.js';

jest.setTimeout(240_000);

const SECRET = 'the secret of the guide, 32 bytes at least';
const textOf = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
const GUIDE = textOf('../../../docs/guides/five-minutes.md');

/** What the guide's first step exports. */
function guideSettings(): Record<string, string> {
  const pairs = [...GUIDE.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name!, value!] as const);
  const { CHAT_SECRET: _, ...settings } = Object.fromEntries(pairs);
  return { ...settings, TOKEN_SECRET: settings['TOKEN_SECRET']!.replace('$CHAT_SECRET', SECRET) };
}

describe("the guide's chat of five minutes", () => {
  const before = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket };
  const clients: ChatClient[] = [];
  let folder: string;
  let stack: Stack;

  beforeAll(async () => {
    runFreely();
    process.env['CHAT_SECRET'] = SECRET;
    folder = await mkdtemp(`${tmpdir()}/parley-guide-`);
    const settings = { ...CHEAP_HASHING, PORT: '0', DATA_DIR: folder, ...guideSettings() };
    stack = await startStack({ settings, gatewayPorts: 'separate', entry: await bundledEntry() });
    Object.assign(globalThis, { WebSocket });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    Object.assign(globalThis, before);
    delete process.env['CHAT_SECRET'];
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The app in the browser of somebody whom the app's server knows. */
  async function appOf(user: { id: string; name: string }, gateway: number) {
    const { chatToken } = await import('./fixtures/five-minutes-token.js');
    const routes: Record<string, () => Promise<string>> = { 'POST /chat-token': () => chatToken(user) };
    globalThis.fetch = async (url, options) => new Response(await routes[`${options!.method} ${url}`]!());
    const client = startChat(stack.gateways[gateway]!.url);
    clients.push(client);
    await eventually(() => client.state === 'online');
    const { root, container } = ownRoot();
    await act(() => root.render(createElement(Chat, { client })));
    return { root, container };
  }

  it('is what is run here', () => {
    const token = textOf('fixtures/five-minutes-token.ts');
    const chat = textOf('fixtures/five-minutes-chat.tsx').replace("'../index.js'", "'@parley/react'");
    const shown = [...GUIDE.matchAll(/^```tsx?\n(.*?)^```$/gms)].map(([, code]) => code);
    expect(shown).toEqual([token, chat]);
  });

  it('signs in two users of the app by its own tokens, and lets them talk', async () => {
    const ada = await appOf({ id: '17', name: 'ada' }, 0);
    const grace = await appOf({ id: '4', name: 'grace' }, 1);
    const say = async ({ container }: typeof ada, text: string) => {
      await act(() => typeInto(container.querySelector('input')!, text));
      await act(() => (container.querySelector('button[type=submit]') as HTMLButtonElement).click());
    };
    const lines = ({ container }: typeof ada) =>
      [...container.querySelectorAll('li.stored')].map(({ textContent }) => textContent);
    const bothSee = (texts: string[]) =>
      eventually(async () => {
        await settle();
        expect([lines(ada), lines(grace)]).toEqual([texts, texts]);
      });
    await say(ada, 'Hello Grace');
    await bothSee(['ada Hello Grace']);
    await say(grace, 'Hello Ada');
    await bothSee(['ada Hello Grace', 'grace Hello Ada']);
    for (const { root } of [ada, grace]) await act(() => root.unmount());
  });
});
