import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CHANNEL, FakeClient, ME, OTHER } from '../fixtures/fake-client.js';
import { does, type Page, pageOf } from '../fixtures/page.js';
import { useChannel } from './use-channel.js';

describe('useChannel', () => {
  let client: FakeClient;
  let page: Page;

  beforeEach(() => {
    client = new FakeClient();
    page = pageOf(client);
  });
  afterEach(() => page.close());

  it('follows a channel, and says its UUID', async () => {
    const shown = await page.show(() => useChannel({ recipientUUID: OTHER }));
    expect(shown.now).toMatchObject({ channelUUID: CHANNEL, status: 'ready' });
    expect(client.asked.find(([name]) => name === 'subscribe')).toEqual([
      'subscribe',
      { recipientUUID: OTHER },
    ]);
  });

  it.each([
    ['a member reads', () => client.emit('read', { channelUUID: CHANNEL, userUUID: OTHER, seq: 2 })],
    ['somebody writes', () => client.write('hello')],
    ['a member leaves', () => client.emit('group', { epoch: 'e', news: {} as never })],
    ['a connection comes back', () => client.becomes('online')],
  ])('tells how far members have read as of when %s', async (_, happens) => {
    client.readBy = new Map([[ME, 1]]);
    const shown = await page.show(() => useChannel(CHANNEL));
    expect(shown.now.reads).toEqual(new Map([[ME, 1]]));
    client.readBy = new Map([[OTHER, 2]]);
    await does(happens);
    expect(shown.now.reads).toEqual(new Map([[OTHER, 2]]));
  });

  it('renders nothing while it is not known how far anybody has read', async () => {
    const shown = await page.show(() => useChannel(CHANNEL));
    const renders = shown.all.length;
    client.reads = () => new Map();
    await does(() => client.emit('read', { channelUUID: CHANNEL, userUUID: OTHER, seq: 2 }));
    expect(shown.all).toHaveLength(renders);
  });
});
