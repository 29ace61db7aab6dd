import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { act, createElement } from 'react';
import { CHANNEL, FakeClient, ME, OTHER } from '../fixtures/fake-client.js';
import { Page, settle } from '../fixtures/page.js';
import { ParleyProvider } from '../provider.js';
import { useChannel } from './use-channel.js';

describe('how far the members of a channel have read', () => {
  let client: FakeClient;
  let page: Page;

  const does = async (what: () => void) => {
    await act(async () => what());
    await settle();
  };

  beforeEach(() => {
    client = new FakeClient();
    page = new Page((children) => createElement(ParleyProvider, { client: client.asClient }, children));
  });
  afterEach(() => page.close());

  it.each([
    ['a member reads', () => client.emit('read', { channelUUID: CHANNEL, userUUID: OTHER, seq: 2 })],
    ['somebody writes', () => client.write('hello')],
    ['a member leaves', () => client.emit('group', { epoch: 'e', news: {} as never })],
    ['a connection comes back', () => client.becomes('online')],
  ])('is known as of when %s', async (_, happens) => {
    client.readBy = new Map([[ME, 1]]);
    const shown = await page.show(() => useChannel(CHANNEL));
    expect(shown.now.reads).toEqual(new Map([[ME, 1]]));
    client.readBy = new Map([[OTHER, 2]]);
    await does(happens);
    expect(shown.now.reads).toEqual(new Map([[OTHER, 2]]));
  });

  it('needs no render while nothing is known of it', async () => {
    const shown = await page.show(() => useChannel(CHANNEL));
    const renders = shown.all.length;
    client.reads = () => new Map();
    await does(() => client.emit('read', { channelUUID: CHANNEL, userUUID: OTHER, seq: 2 }));
    expect(shown.all).toHaveLength(renders);
  });
});
