import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { InboxItem } from '@parley/client';
import type { ChannelInfo, Message } from '@parley/protocol';
import { CHANNEL, FakeClient, me, OTHER, other } from '../fixtures/fake-client.js';
import { Memory } from '../fixtures/memory.js';
import { does, type Page, pageOf } from '../fixtures/page.js';
import { useInbox } from './use-inbox.js';

const GROUP = '00000000-0000-4000-8000-000000000010';
const PRIVATE = '00000000-0000-4000-8000-000000000011';

const group: ChannelInfo = {
  ...{ channelUUID: GROUP, name: 'Engines', topic: '', private: true, archived: false },
  role: 'member',
  ...{ members: 2, seq: 5, unread: 1 },
};
const message = (channelUUID: string, Seq: number, news: Partial<Message> = {}): Message => ({
  ...{
    UUID: `${channelUUID} ${Seq}`,
    SenderUUID: OTHER,
    Sender: other,
    RecipientUUID: '',
    Message: `${Seq}`,
  },
  ...{ CreatedAt: new Date(100_000 + Seq).toISOString(), ChannelUUID: channelUUID, Seq, ...news },
});
const privately = (Seq: number, news: Partial<Message> = {}) =>
  message(PRIVATE, Seq, { RecipientUUID: me.UUID, Recipient: me, ...news });
const item = (of: Message, kind: 'message' | 'mention' = 'message'): InboxItem => ({
  ...{ seq: of.Seq, channelUUID: of.ChannelUUID, kind, UUID: of.UUID, messageSeq: of.Seq, message: of },
});

describe('useInbox', () => {
  let client: FakeClient;
  let page: Page;

  const shown = ({ conversations }: ReturnType<typeof useInbox>) =>
    conversations.map(({ title, unread, lastMessage }) => [title, unread, lastMessage?.Message]);

  beforeEach(() => {
    client = new FakeClient();
    client.groups = [group];
    client.write('to all');
    page = pageOf(client);
  });
  afterEach(() => page.close());

  it('lists the general channel and the groups, those with the newest message first', async () => {
    client.groups = [{ ...group, lastMessage: message(GROUP, 5) }];
    const inbox = await page.show(useInbox);
    expect(shown(inbox.now)).toEqual([
      ['Engines', 1, '5'],
      ['', 2, 'to all'],
    ]);
    expect(inbox.now).toMatchObject({ status: 'ready', unread: 3 });
  });

  it('counts a message once, whether the inbox, the channel or both bring it', async () => {
    const inbox = await page.show(useInbox);
    const sixth = message(GROUP, 6);
    await does(() => client.emit('inboxItem', item(sixth)));
    await does(() => client.emit('message', { epoch: 'e', message: sixth }));
    expect(shown(inbox.now)[0]).toEqual(['Engines', 2, '6']);
  });

  it('begins a private conversation with its first message', async () => {
    const inbox = await page.show(useInbox);
    await does(() => client.emit('inboxItem', item(privately(1))));
    expect(inbox.now.conversations[0]).toMatchObject({
      ...{ kind: 'private', title: 'other', channelUUID: PRIVATE, unread: 1 },
      target: { recipientUUID: OTHER },
    });
    const mine = privately(2, { SenderUUID: me.UUID, Sender: me, RecipientUUID: OTHER, Recipient: other });
    await does(() => client.emit('message', { epoch: 'e', message: mine }));
    expect(shown(inbox.now)[0]).toEqual(['other', 0, '2']);
  });

  it('finds private conversations in what the inbox has brought before', async () => {
    client.items = [item(privately(1))];
    client.history = ((target: { recipientUUID?: string }) =>
      Promise.resolve({
        channelUUID: target.recipientUUID ? PRIVATE : CHANNEL,
        messages: target.recipientUUID ? [privately(3)] : [],
        hasMore: false,
      })) as never;
    const inbox = await page.show(useInbox);
    expect(shown(inbox.now)[0]).toEqual(['other', 2, '3']);
  });

  it('clears what was read, on this device or another', async () => {
    const inbox = await page.show(useInbox);
    await does(() => client.emit('inboxItem', item(message(GROUP, 6), 'mention')));
    expect(inbox.now.conversations[0]).toMatchObject({ unread: 2, isMentioned: true });
    await does(() => client.emit('inboxItem', { seq: 7, kind: 'read', channelUUID: GROUP, readSeq: 6 }));
    expect(inbox.now.conversations[0]).toMatchObject({ unread: 0, isMentioned: false });
    const channelRead = { channelUUID: CHANNEL, seq: 1, unread: 0 };
    await does(() => client.emit('frame', { type: 'channelRead', channelRead }));
    expect(inbox.now.unread).toBe(0);
  });

  it('shows groups as they come, change and go', async () => {
    const inbox = await page.show(useInbox);
    const two = { ...group, channelUUID: PRIVATE, name: 'Looms', unread: 0 };
    client.groups = [group, two];
    await does(() => client.emit('inboxItem', { seq: 1, kind: 'invite', channelUUID: PRIVATE, by: OTHER }));
    expect(inbox.now.conversations.map(({ title }) => title)).toContain('Looms');
    const channelSet = { channel: { ...two, name: 'Mills' } };
    await does(() => client.emit('frame', { type: 'channelSet', channelSet }));
    expect(inbox.now.conversations.map(({ title }) => title)).toContain('Mills');
    await does(() => client.emit('inboxItem', { seq: 2, kind: 'kick', channelUUID: PRIVATE, by: OTHER }));
    expect(inbox.now.conversations).toHaveLength(2);
  });

  it('reads the list of groups once for all that happens at once', async () => {
    const inbox = await page.show(useInbox);
    const before = client.countOf('list');
    await does(() => {
      for (let seq = 1; seq <= 20; seq += 1)
        client.emit('inboxItem', { seq, kind: 'invite', channelUUID: `${seq}`, by: OTHER });
    });
    expect(client.countOf('list') - before).toBe(1);
    expect(inbox.now.status).toBe('ready');
  });

  it('counts what happens while the list is loaded', async () => {
    client.hold('list');
    const inbox = await page.show(useInbox);
    await does(() => client.emit('inboxItem', item(message(GROUP, 6))));
    client.groups = [{ ...group, unread: 2, seq: 6, lastMessage: message(GROUP, 6) }];
    await does(() => client.release('list'));
    expect(shown(inbox.now)[0]).toEqual(['Engines', 2, '6']);
  });

  it('says that it failed, and loads again', async () => {
    client.refuse('list', 'INTERNAL');
    const inbox = await page.show(useInbox);
    expect(inbox.now).toMatchObject({ status: 'failed', error: { name: 'INTERNAL' } });
    await does(() => void inbox.now.reload());
    expect(inbox.now.status).toBe('ready');
  });

  it('remembers partners where the provider has a storage', async () => {
    const storage = new Memory();
    const kept = pageOf(client, { storage });
    await kept.show(useInbox);
    await does(() => client.emit('inboxItem', item(privately(1))));
    await kept.close();
    expect(JSON.parse(storage.getItem(`parley.partners.${me.UUID}`) ?? '[]')).toEqual([
      { UUID: OTHER, Username: 'other' },
    ]);
  });

  it('is empty when nobody is signed in', async () => {
    const inbox = await page.show(useInbox);
    await does(() => client.becomes('offline'));
    expect(inbox.now).toMatchObject({ status: 'idle', conversations: [] });
  });
});
