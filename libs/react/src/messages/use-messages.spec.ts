import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChatError } from '@parley/client';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { useComposer } from '../composer/use-composer.js';
import { CHANNEL, FakeClient, ME, OTHER, other } from '../fixtures/fake-client.js';
import { does, type Page, pageOf, settle } from '../fixtures/page.js';
import { ParleyProvider } from '../provider.js';
import { useMessages } from './use-messages.js';

/** Longer than a busy machine takes to show another component. */
const LINGER_MS = 500;
const texts = ({ messages }: ReturnType<typeof useMessages>) => messages.map(({ Message }) => Message);

const Status = () => createElement('p', null, useMessages(CHANNEL).status);

describe('useMessages', () => {
  let client: FakeClient;
  let page: Page;

  const show = (channel = CHANNEL) => page.show(() => useMessages(channel));

  beforeEach(() => {
    client = new FakeClient();
    const options = { windowSize: 6, pageSize: 3, lingerMs: LINGER_MS };
    page = pageOf(client, options);
  });
  afterEach(() => page.close());

  it('shows the newest page, and then each new message, oldest first', async () => {
    for (const text of ['a', 'b', 'c', 'd']) client.write(text);
    const list = await show();
    expect(texts(list.now)).toEqual(['b', 'c', 'd']);
    expect(list.now).toMatchObject({ status: 'ready', hasOlder: true, hasNewer: false });
    await does(() => client.write('e'));
    expect(texts(list.now)).toEqual(['b', 'c', 'd', 'e']);
  });

  it('shows a message that comes while the first page is under way once, and in its place', async () => {
    client.write('a');
    client.hold('history');
    const list = await show();
    expect(list.now.status).toBe('loading');
    await does(() => client.write('b'));
    await does(() => client.release('history'));
    expect(texts(list.now)).toEqual(['a', 'b']);
  });

  it('keeps the objects of messages that have not changed', async () => {
    client.write('a');
    const list = await show();
    const [first] = list.now.messages;
    await does(() => client.write('b'));
    expect(list.now.messages[0]).toBe(first);
  });

  it.each([true, false])(
    'shows an own message once, under one key (answer first: %s)',
    async (isAckFirst) => {
      client.isAckFirst = isAckFirst;
      const list = await show();
      const composer = await page.show(() => useComposer(CHANNEL));
      client.hold('post');
      await does(() => composer.now.setText('hello'));
      await does(() => void composer.now.send());
      expect(list.now.messages).toMatchObject([{ Message: 'hello', state: 'sending', isOwn: true }]);
      expect(composer.now.text).toBe('');
      await does(() => client.release('post'));
      expect(list.now.messages).toMatchObject([{ UUID: 'm1', state: 'stored', Sender: { UUID: ME } }]);
      expect(Math.max(...list.all.map(({ messages }) => messages.length))).toBe(1);
      expect(new Set(list.all.flatMap(({ messages }) => messages.map(({ key }) => key))).size).toBe(1);
    },
  );

  it('does not take another message of the same text for the one that is sent', async () => {
    client.write('ok', { by: { ...other, UUID: ME } });
    const list = await show();
    const composer = await page.show(() => useComposer(CHANNEL));
    client.hold('post');
    for (let times = 0; times < 2; times += 1) {
      await does(() => composer.now.setText('ok'));
      await does(() => void composer.now.send());
    }
    expect(list.now.messages.map(({ state }) => state)).toEqual(['stored', 'sending', 'sending']);
    await does(() => client.release('post'));
    expect(list.now.messages.map(({ state, UUID }) => [state, UUID])).toEqual([
      ['stored', 'm1'],
      ['stored', 'm2'],
      ['stored', 'm3'],
    ]);
    expect(new Set(list.now.messages.map(({ key }) => key)).size).toBe(3);
  });

  it('keeps a failed message until it is sent again, under the same id, or discarded', async () => {
    const list = await show();
    const composer = await page.show(() => useComposer(CHANNEL));
    client.refuse('post', 'FORBIDDEN');
    await does(() => composer.now.setText('hello'));
    await does(() => void composer.now.send());
    const [failed] = list.now.messages;
    expect(failed).toMatchObject({ state: 'failed', error: { name: 'FORBIDDEN' } });
    client.refuse('post', 'BLOCKED');
    await does(() => list.now.retry(failed!.key));
    expect(list.now.messages).toMatchObject([{ state: 'failed', error: { name: 'BLOCKED' } }]);
    await does(() => list.now.retry(failed!.key));
    expect(list.now.messages).toMatchObject([{ state: 'stored', key: failed!.key }]);
    const ids = client.asked.filter(([name]) => name === 'post').map(([, , , options]) => options);
    expect(new Set(ids.map((each) => (each as { clientUUID: string }).clientUUID)).size).toBe(1);
    client.refuse('post', 'FORBIDDEN');
    await does(() => composer.now.setText('bye'));
    await does(() => void composer.now.send());
    await does(() => list.now.discard(list.now.messages[1]!.key));
    expect(texts(list.now)).toEqual(['hello']);
  });

  it('loads older pages, lets go of the newest, and comes back to them', async () => {
    for (let n = 1; n <= 12; n += 1) client.write(`${n}`);
    const list = await show();
    await does(() => void list.now.loadOlder());
    expect(texts(list.now)).toEqual(['7', '8', '9', '10', '11', '12']);
    await does(() => void list.now.loadOlder());
    expect(texts(list.now)).toEqual(['4', '5', '6', '7', '8', '9']);
    expect(list.now).toMatchObject({ hasOlder: true, hasNewer: true });
    await does(() => client.write('13'));
    await does(() => void list.now.loadOlder());
    expect(texts(list.now)).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(list.now.hasOlder).toBe(false);
    await does(() => void list.now.loadNewer());
    expect(texts(list.now)).toEqual(['4', '5', '6', '7', '8', '9']);
    await does(() => void list.now.loadNewer());
    await does(() => void list.now.loadNewer());
    expect(texts(list.now)).toEqual(['8', '9', '10', '11', '12', '13']);
    expect(list.now.hasNewer).toBe(false);
    await does(() => client.write('14'));
    expect(texts(list.now).at(-1)).toBe('14');
  });

  it('misses nothing that comes while the last newer page is under way', async () => {
    for (let n = 1; n <= 9; n += 1) client.write(`${n}`);
    const list = await show();
    await does(() => void list.now.loadOlder());
    await does(() => void list.now.loadOlder());
    client.hold('history');
    await does(() => void list.now.loadNewer());
    await does(() => client.write('10'));
    await does(() => client.release('history'));
    expect(texts(list.now)).toEqual(['5', '6', '7', '8', '9', '10']);
  });

  it('shows a change that overtakes the page', async () => {
    for (const text of ['a', 'b', 'c', 'd']) client.write(text);
    const list = await show();
    client.hold('history');
    await does(() => void list.now.loadOlder());
    expect(list.now.isLoadingOlder).toBe(true);
    await does(() => client.edits('m1', 'A'));
    await does(() => client.release('history'));
    expect(texts(list.now)).toEqual(['A', 'b', 'c', 'd']);
  });

  it('says why an older page did not come, and loads it when asked again', async () => {
    for (const text of ['a', 'b', 'c', 'd']) client.write(text);
    const list = await show();
    client.refuse('history', 'INTERNAL');
    await does(() => void list.now.loadOlder());
    expect(list.now).toMatchObject({ status: 'ready', isLoadingOlder: false, error: { name: 'INTERNAL' } });
    await does(() => void list.now.loadOlder());
    expect(list.now.error).toBeUndefined();
    expect(texts(list.now)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('loads again after a reload, and shows what it had until then', async () => {
    client.write('a');
    const list = await show();
    client.write('b', { silently: true });
    const position = { channelUUID: CHANNEL, epoch: 'e', seq: 1 };
    client.hold('history');
    await does(() =>
      client.emit('reload', { channelUUID: CHANNEL, before: position, now: { ...position, seq: 2 } }),
    );
    await does(() => client.write('c'));
    expect([list.now.status, texts(list.now)]).toEqual(['loading', ['a']]);
    await does(() => client.release('history'));
    expect([list.now.status, texts(list.now)]).toEqual(['ready', ['a', 'b', 'c']]);
  });

  it('shows nothing of a channel that is closed to the user', async () => {
    client.write('a');
    const list = await show();
    const before = { channelUUID: CHANNEL, epoch: 'e', seq: 1 };
    await does(() => client.emit('reload', { channelUUID: CHANNEL, before }));
    expect([list.now.status, texts(list.now)]).toEqual(['closed', []]);
    client.refuse('subscribe', 'FORBIDDEN');
    const elsewhere = await show('');
    expect(elsewhere.now).toMatchObject({ status: 'closed', error: { name: 'FORBIDDEN' } });
  });

  it('loads a channel again that the user is invited to again, or that is shown again', async () => {
    client.write('a');
    client.refuse('subscribe', 'FORBIDDEN');
    const list = await show();
    expect(list.now.status).toBe('closed');
    const invite = { seq: 1, kind: 'invite', channelUUID: CHANNEL, by: OTHER } as const;
    await does(() => client.emit('inboxItem', invite));
    expect([list.now.status, texts(list.now)]).toEqual(['ready', ['a']]);
    const before = { channelUUID: CHANNEL, epoch: 'e', seq: 1 };
    await does(() => client.emit('reload', { channelUUID: CHANNEL, before }));
    expect(list.now.status).toBe('closed');
    await list.hide();
    const again = await show();
    expect([again.now.status, texts(again.now)]).toEqual(['ready', ['a']]);
  });

  it('loads when asked to after a failure', async () => {
    client.write('a');
    client.refuse('history', 'INTERNAL');
    const list = await show();
    expect(list.now.status).toBe('failed');
    await does(() => void list.now.reload());
    expect([list.now.status, texts(list.now)]).toEqual(['ready', ['a']]);
  });

  it('shares one subscription, which ends some time after the last component', async () => {
    const [one, two] = [await show(), await show()];
    expect([client.countOf('subscribe'), client.countOf('history')]).toEqual([1, 1]);
    await one.hide();
    await two.hide();
    const again = await show();
    expect([client.countOf('subscribe'), client.countOf('unsubscribe')]).toEqual([1, 0]);
    expect(again.all[0]?.status).toBe('ready');
    await again.hide();
    while (client.countOf('unsubscribe') === 0) await settle();
    expect(client.asked.at(-1)).toEqual(['unsubscribe', { channelUUID: CHANNEL }]);
  });

  it('leaves a subscription alone that the application has begun', async () => {
    client.positions = [{ channelUUID: CHANNEL }];
    const list = await show();
    const listening = client.listening;
    await list.hide();
    while (client.listening === listening) await settle();
    expect(client.countOf('unsubscribe')).toBe(0);
  });

  it('shows one user nothing of another', async () => {
    client.write('a');
    const list = await show();
    const composer = await page.show(() => useComposer(CHANNEL));
    client.refuse('post', 'FORBIDDEN');
    await does(() => composer.now.setText('mine'));
    await does(() => void composer.now.send());
    await does(() => composer.now.setText('draft'));
    await does(() => client.becomes('offline', { error: ChatError.of('NOT_SIGNED_IN') }));
    expect([list.now.status, texts(list.now)]).toEqual(['idle', []]);
    client.log = [];
    await does(() => client.becomes('online', { userUUID: OTHER }));
    expect([list.now.status, texts(list.now), composer.now.text]).toEqual(['ready', [], '']);
  });

  it('renders on a server without asking for anything', () => {
    const html = renderToString(
      createElement(ParleyProvider, { client: client.asClient }, createElement(Status)),
    );
    expect([html, client.asked]).toEqual(['<p>idle</p>', []]);
  });
});
