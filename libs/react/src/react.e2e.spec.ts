import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ChatClient } from '@parley/client';
import { eventually } from '@parley/testing';
import type { HTMLButtonElement } from 'happy-dom';
import { createElement } from 'react';
import { useComposer } from './composer/use-composer.js';
import { act, ownRoot, Page, runFreely, settle, typeInto } from './fixtures/page.js';
import { App } from './fixtures/readme-example.js';
import { TwoGateways } from './fixtures/two-gateways.js';
import { useInbox } from './inbox/use-inbox.js';
import { useMessages } from './messages/use-messages.js';
import { useTyping } from './messages/use-typing.js';
import { usePresence } from './people/use-presence.js';
import { ParleyProvider } from './provider.js';
import { useConnection } from './use-connection.js';

jest.setTimeout(240_000);

describe('the hooks, over two gateways', () => {
  let gateways: TwoGateways;
  let ada: ChatClient;
  let bob: ChatClient;

  beforeAll(async () => {
    runFreely();
    gateways = await TwoGateways.start();
    ada = await gateways.signUp('Ada', 0);
    bob = await gateways.signUp('Bob', 1);
  });
  afterAll(() => gateways?.stop());

  const pageOf = (client: ChatClient) =>
    new Page((children) => createElement(ParleyProvider, { client }, children));
  /** Waits until what is shown is as expected. */
  const until = (check: () => void) =>
    eventually(async () => {
      await settle();
      check();
    });

  it('show two people one conversation, with nothing missing or doubled when a gateway dies', async () => {
    const { channelUUID } = await ada.channels.create({ name: 'Engines', private: true });
    await ada.channels.invite(channelUUID, bob.session!.userUUID);
    const [hers, his] = [pageOf(ada), pageOf(bob)];
    const adas = await hers.show(() => useMessages(channelUUID));
    const inbox = await his.show(useInbox);
    await until(() => expect(inbox.now.conversations.map(({ title }) => title)).toContain('Engines'));
    await ada.post({ channelUUID }, 'hello');
    await until(() =>
      expect(inbox.now).toMatchObject({ unread: 1, conversations: [{ title: 'Engines' }, {}] }),
    );

    const bobs = await his.show(() => useMessages(channelUUID));
    const composer = await his.show(() => useComposer(channelUUID));
    const connection = await his.show(useConnection);
    const typing = await hers.show(() => useTyping(channelUUID));
    const presence = await hers.show(() => usePresence([bob.session!.userUUID]));
    await until(() => expect(bobs.now.messages).toMatchObject([{ Message: 'hello' }]));
    await act(() => bobs.now.markRead());
    await until(() => expect(inbox.now.unread).toBe(0));
    await until(() => expect(presence.now.get(bob.session!.userUUID)).toBe(true));
    await act(() => composer.now.setText('one'));
    await until(() => expect(typing.now.users).toMatchObject([{ username: 'Bob' }]));

    gateways.stack.kill('gateway-2', 'SIGKILL');
    await until(() => expect(connection.now).toMatchObject({ status: 'connecting', isLost: true }));
    for (let n = 1; n <= 10; n += 1) await ada.post({ channelUUID }, `while away ${n}`);
    for (const text of ['one', 'two', 'two']) {
      await act(() => composer.now.setText(text));
      await act(() => void composer.now.send());
    }
    expect(bobs.now.messages.slice(-3).map(({ Message }) => Message)).toEqual(['one', 'two', 'two']);
    await until(() => expect(connection.now.status).toBe('online'));
    await until(() => expect(adas.now.messages).toHaveLength(14));
    await until(() => expect(bobs.now.messages.map(({ state }) => state)).toEqual(Array(14).fill('stored')));
    const told = ({ messages }: typeof bobs.now) => messages.map(({ UUID, Message }) => [UUID, Message]);
    expect(told(bobs.now)).toEqual(told(adas.now));
    for (const { messages } of [...bobs.all, ...adas.all])
      for (const text of ['one', 'hello', 'while away 10'])
        expect(messages.filter(({ Message }) => Message === text).length).toBeLessThanOrEqual(1);
    for (const { messages } of bobs.all)
      expect(messages.filter(({ Message }) => Message === 'two').length).toBeLessThanOrEqual(2);
    await hers.close();
    await his.close();
  });

  it('list the private conversations of somebody who was away, and what is unread in them', async () => {
    const cy = await gateways.signUp('Cy', 1);
    const told: number[] = [];
    cy.on('inboxItem', ({ seq }) => told.push(seq));
    const toCy = { recipientUUID: cy.session!.userUUID };
    for (const text of ['one', 'two']) await ada.post(toCy, text);
    await bob.post(toCy, 'three');
    const page = pageOf(cy);
    const inbox = await page.show(useInbox);
    const shown = () => inbox.now.conversations.map(({ title, unread }) => [title, unread]);
    await until(() => expect(inbox.now.status).toBe('ready'));
    expect(shown().slice(0, 2)).toEqual([
      ['Bob', 1],
      ['Ada', 2],
    ]);
    const { channelUUID } = inbox.now.conversations[1]!;
    const messages = await page.show(() => useMessages(channelUUID));
    await until(() => expect(messages.now.messages.map(({ Message }) => Message)).toEqual(['one', 'two']));
    await act(() => messages.now.markRead());
    await until(() => expect(shown()[1]).toEqual(['Ada', 0]));
    await ada.post(toCy, 'four');
    await until(() => expect(shown()[0]).toEqual(['Ada', 1]));
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
    await page.close();
  });

  it('run as the README shows them', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const source = readFileSync(new URL('fixtures/readme-example.tsx', import.meta.url), 'utf8');
    expect(readme).toContain(source.replace("'../index.js'", "'@parley/react'"));

    const { root, container } = ownRoot();
    await act(() => root.render(createElement(App, { client: bob })));
    await until(() => expect(container.textContent).toContain('Everyone'));
    await act(() => typeInto(container.querySelector('input')!, 'typed by hand'));
    await act(() => (container.querySelector('button[type=submit]') as HTMLButtonElement).click());
    await until(() =>
      expect(container.querySelector('li.stored:last-child')!.textContent).toBe('Bob typed by hand'),
    );
    const { messages } = await ada.history({}, { limit: 1 });
    expect(messages).toMatchObject([{ Message: 'typed by hand', Sender: { Username: 'Bob' } }]);
    await act(() => root.unmount());
  });
});
