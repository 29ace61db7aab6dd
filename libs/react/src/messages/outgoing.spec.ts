import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChatError } from '@parley/client';
import { useComposer } from '../composer/use-composer.js';
import { CHANNEL, FakeClient, ME, me, OTHER } from '../fixtures/fake-client.js';
import { Memory } from '../fixtures/memory.js';
import { does, type Page, pageOf } from '../fixtures/page.js';
import { useMessages } from './use-messages.js';

const POSTS = `parley.pending.${ME}`;
const OVER = 'NOT_SIGNED_IN';

describe('messages that are not sent yet', () => {
  let client: FakeClient;
  let storage: Memory;
  let page: Page;

  const open = (of: FakeClient) => {
    client = of;
    page = pageOf(client, { storage, pageSize: 3 });
  };
  const reload = async (of = new FakeClient()) => {
    await page.close();
    open(of);
  };
  const show = () => page.show(() => ({ ...useMessages(CHANNEL), ...useComposer(CHANNEL) }));
  type Shown = Awaited<ReturnType<typeof show>>;
  const write = async ({ now }: Shown, text: string) => {
    await does(() => now.setText(text));
    await does(() => now.send());
  };
  const shownIn = ({ now: { messages } }: Shown) =>
    messages.map(({ Message, state }) => `${state}: ${Message}`);
  const postsOf = (each: FakeClient) =>
    each.asked
      .filter(([name]) => name === 'post')
      .map(([, target, text, options]) => ({ target, text, ...(options as { clientUUID: string }) }));

  beforeEach(() => {
    storage = new Memory();
    open(new FakeClient());
  });
  afterEach(() => page.close());

  it('are sent by the next page under the same id, in order, and once', async () => {
    const before = client;
    client.hold('post');
    const shown = await show();
    await does(() => shown.now.setReplyTo(client.write('question')));
    await write(shown, 'one');
    await write(shown, 'two');
    await reload();
    client.write('question');
    client.hold('post');
    const again = await show();
    expect(shownIn(again)).toEqual(['stored: question', 'sending: one', 'sending: two']);
    expect(again.now.messages[1]!.replyTo).toMatchObject({ UUID: 'm1', excerpt: 'question' });
    expect(postsOf(client)).toEqual(
      postsOf(before).map((post) => ({ ...post, target: { channelUUID: CHANNEL } })),
    );
    await does(() => client.release('post'));
    expect(shownIn(again)).toEqual(['stored: question', 'stored: one', 'stored: two']);
    expect(storage.items.size).toBe(0);
  });

  it('are shown before the messages of their channel are loaded', async () => {
    client.hold('post');
    await write(await show(), 'one');
    await reload();
    client.hold('post');
    client.hold('history');
    const shown = await show();
    expect([shown.now.status, ...shownIn(shown)]).toEqual(['loading', 'sending: one']);
  });

  it('are sent by a page that does not show their channel', async () => {
    client.hold('post');
    await write(await show(), 'hello');
    await reload();
    await page.show(() => null);
    expect(postsOf(client)).toMatchObject([{ text: 'hello' }]);
    expect(storage.items.size).toBe(0);
    expect(shownIn(await show())).toEqual(['stored: hello']);
  });

  it('are sent as soon as their user signs in', async () => {
    client.hold('post');
    await write(await show(), 'hello');
    const later = new FakeClient();
    later.becomes('offline');
    await reload(later);
    const shown = await show();
    expect(postsOf(client)).toEqual([]);
    await does(() => client.becomes('online', { userUUID: ME }));
    expect(shownIn(shown)).toEqual(['stored: hello']);
  });

  it('and have failed are shown by the next page, with the reason, until they are sent again or discarded', async () => {
    client.refuse('post', 'BLOCKED');
    await write(await show(), 'hello');
    await reload();
    const shown = await show();
    expect(shown.now.messages).toMatchObject([{ state: 'failed', error: { name: 'BLOCKED' } }]);
    expect(postsOf(client)).toEqual([]);
    client.refuse('post', 'FORBIDDEN');
    await does(() => shown.now.retry(shown.now.messages[0]!.key));
    expect(shown.now.messages).toMatchObject([{ state: 'failed', error: { name: 'FORBIDDEN' } }]);
    await does(() => shown.now.discard(shown.now.messages[0]!.key));
    expect([shownIn(shown), storage.items.size]).toEqual([[], 0]);
  });

  it('stay when their session ends, and are sent in the next one of their user alone', async () => {
    const shown = await show();
    client.refuse('post', OVER);
    await write(shown, 'hello');
    await does(() => client.becomes('offline', { error: ChatError.of(OVER) }));
    await does(() => client.becomes('online', { userUUID: OTHER }));
    expect(shownIn(shown)).toEqual([]);
    await does(() => client.becomes('offline', { error: ChatError.of(OVER) }));
    await does(() => client.becomes('online', { userUUID: ME }));
    expect(shownIn(shown)).toEqual(['stored: hello']);
    const ids = postsOf(client).map(({ clientUUID }) => clientUUID);
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
  });

  it('are sent once where the session only loses its connection', async () => {
    const shown = await show();
    client.hold('post');
    await write(shown, 'hello');
    await does(() => client.becomes('connecting', { code: 1006 }));
    await does(() => client.becomes('online', { userUUID: ME }));
    expect(client.countOf('post')).toBe(1);
    await does(() => client.release('post'));
    expect(shownIn(shown)).toEqual(['stored: hello']);
  });

  it('are shown as messages that the server had before the page was closed', async () => {
    const shown = await show();
    client.hold('post');
    await write(shown, 'hello');
    await reload();
    client.write('hello', { by: me });
    client.hold('post');
    expect(shownIn(await show())).toEqual(['stored: hello']);
  });

  it('are not taken for older messages where the storage does not say what they came after', async () => {
    const post = {
      clientUUID: 'id',
      text: 'hello',
      at: '2026-11-01T12:00:00Z',
      state: 'failed',
      error: 'No.',
    };
    storage.setItem(POSTS, JSON.stringify({ [CHANNEL]: [post, { text: 'of another kind' }], '@': 7 }));
    await reload();
    client.write('hello', { by: me });
    const shown = await show();
    expect(shownIn(shown)).toEqual(['stored: hello', 'failed: hello']);
    expect(shown.now.messages[1]).toMatchObject({ key: 'id', error: { message: 'No.' } });
  });

  it('are not taken for older messages where nobody has shown the channel', async () => {
    client.write('ok', { by: me });
    client.hold('post');
    const composer = await page.show(() => useComposer(CHANNEL));
    await does(() => composer.now.setText('ok'));
    await does(() => composer.now.send());
    expect(shownIn(await show())).toEqual(['stored: ok', 'sending: ok']);
  });

  it('keep those of another page of the same browser', async () => {
    const shown = await show();
    client.hold('post');
    await write(shown, 'mine');
    const kept = JSON.parse(storage.getItem(POSTS)!);
    const other = { clientUUID: 'other', text: 'theirs', at: '', state: 'sending' };
    storage.setItem(POSTS, JSON.stringify({ [CHANNEL]: [...kept[CHANNEL], other] }));
    await does(() => client.release('post'));
    expect(JSON.parse(storage.getItem(POSTS)!)).toEqual({ [CHANNEL]: [other] });
  });
});
