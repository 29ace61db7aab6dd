import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChatClient } from './chat-client.js';
import type { ClientEvents } from './events.js';
import { CHANNEL, FakeChat, USER } from './fixtures/fake-chat.js';
import { OTHER } from './fixtures/fake-log.js';

const GROUP = '00000000-0000-7000-8000-000000000009';
const info = {
  ...{ channelUUID: GROUP, name: 'n', topic: '', private: true, archived: false, role: 'owner' },
  ...{ members: 1, seq: 0, unread: 0 },
};
const change = { channelUUID: CHANNEL, UUID: 'm', messageSeq: 1, Seq: 2, userUUID: USER, at: 't' };
const about = { channelUUID: GROUP, userUUID: OTHER, Seq: 3 };
const contacts = { contacts: [{ UUID: OTHER, Username: 'o', OnLine: true }], blocked: [] };

/** What the client asks, the request that it sends, and the frame that answers it. */
const REQUESTS: readonly [string, (client: ChatClient) => Promise<unknown>, object, string, object][] = [
  [
    'messageEdit',
    (client) => client.edit({}, 'm', 'new'),
    { UUID: 'm', message: 'new' },
    'messageEdit',
    { ...change, Message: 'new' },
  ],
  [
    'messageDelete',
    (client) => client.delete({ channelUUID: CHANNEL }, 'm'),
    { channelUUID: CHANNEL, UUID: 'm' },
    'messageDelete',
    change,
  ],
  [
    'reaction',
    (client) => client.react({}, 'm', '👍'),
    { UUID: 'm', reaction: '👍' },
    'reaction',
    { ...change, reaction: '👍', remove: false, count: 1 },
  ],
  [
    'reaction',
    (client) => client.unreact({ recipientUUID: OTHER }, 'm', '👍'),
    { recipientUUID: OTHER, UUID: 'm', reaction: '👍', remove: true },
    'reaction',
    { ...change, reaction: '👍', remove: true, count: 0 },
  ],
  [
    'channelRead',
    (client) => client.markRead({}, 7),
    { seq: 7 },
    'channelRead',
    { channelUUID: CHANNEL, seq: 9, unread: 1 },
  ],
  [
    'channels',
    (client) => client.channels.list('mine', { limit: 5, cursor: 'c' }),
    { scope: 'mine', limit: 5, cursor: 'c' },
    'channels',
    { channels: [info], cursor: 'd' },
  ],
  [
    'channelMembers',
    (client) => client.channels.members(GROUP),
    { channelUUID: GROUP },
    'channelMembers',
    {
      channelUUID: GROUP,
      total: 1,
      members: [{ UUID: USER, Username: 'u', OnLine: true, role: 'owner' }],
    },
  ],
  [
    'channelInvite',
    (client) => client.channels.invite(GROUP, OTHER),
    { channelUUID: GROUP, userUUID: OTHER },
    'channelInvite',
    { channelUUID: GROUP, userUUIDs: [OTHER], refused: [] },
  ],
  [
    'channelInvite',
    (client) => client.channels.invite(GROUP, [OTHER, USER]),
    { channelUUID: GROUP, userUUIDs: [OTHER, USER] },
    'channelInvite',
    { channelUUID: GROUP, userUUIDs: [OTHER], refused: [{ userUUID: USER, name: 'USER_NOT_FOUND' }] },
  ],
  [
    'channelKick',
    (client) => client.channels.kick(GROUP, OTHER, { ban: true }),
    { channelUUID: GROUP, userUUID: OTHER, ban: true },
    'channelKick',
    { ...about, ban: true },
  ],
  [
    'channelUnban',
    (client) => client.channels.unban(GROUP, OTHER),
    { channelUUID: GROUP, userUUID: OTHER },
    'channelUnban',
    about,
  ],
  [
    'channelMute',
    (client) => client.channels.mute(GROUP, OTHER, 60),
    { channelUUID: GROUP, userUUID: OTHER, seconds: 60 },
    'channelMute',
    { ...about, mutedUntil: 't' },
  ],
  [
    'channelRole',
    (client) => client.channels.setRole(GROUP, OTHER, 'moderator'),
    { channelUUID: GROUP, userUUID: OTHER, role: 'moderator' },
    'channelRole',
    { ...about, role: 'moderator' },
  ],
  [
    'channelAudit',
    (client) => client.channels.audit(GROUP, { cursor: 'c' }),
    { channelUUID: GROUP, cursor: 'c' },
    'channelAudit',
    { channelUUID: GROUP, entries: [{ at: 't', by: USER, action: 'channelCreate' }] },
  ],
  ['contacts', (client) => client.contacts.list({ limit: 3 }), { limit: 3 }, 'contacts', contacts],
  ['contactAdd', (client) => client.contacts.add(OTHER), { userUUID: OTHER }, 'contacts', contacts],
  ['contactRemove', (client) => client.contacts.remove(OTHER), { userUUID: OTHER }, 'contacts', contacts],
  ['block', (client) => client.contacts.block(OTHER), { userUUID: OTHER }, 'contacts', contacts],
  ['unblock', (client) => client.contacts.unblock(OTHER), { userUUID: OTHER }, 'contacts', contacts],
];

describe('what a client asks for', () => {
  let chat: FakeChat;
  let client: ChatClient;

  const next = (state: ClientEvents['state']['state']) =>
    new Promise<void>((resolve) => {
      const off = client.on('state', (event) => {
        if (event.state !== state) return;
        off();
        resolve();
      });
    });
  const answer = (type: string, as: string, payload: object) =>
    chat.answers.set(type, () => ({ type: as, [as]: payload }));

  beforeEach(async () => {
    chat = new FakeChat();
    client = new ChatClient({
      url: 'ws://a',
      webSocket: chat.webSocket,
      reconnect: { firstMs: 1, longestMs: 5 },
    });
    await client.signIn('u', 'p');
  });

  afterEach(() => client.close());

  it.each(REQUESTS)('%s: %s', async (type, ask, asked, as, payload) => {
    answer(type, as, payload);
    expect(await ask(client)).toEqual(payload);
    expect(chat.last(type)).toEqual(asked);
  });

  it('says which channel a target means, once an answer has named it', async () => {
    expect([client.channelUUID(), client.channelUUID({ channelUUID: CHANNEL })]).toEqual([
      undefined,
      CHANNEL,
    ]);
    await client.subscribe();
    expect(client.channelUUID()).toBe(CHANNEL);
  });

  it('creates and sets groups', async () => {
    answer('channelCreate', 'channelCreate', { channel: info });
    answer('channelSet', 'channelSet', { channel: { ...info, name: 'new' } });
    expect(await client.channels.create({ name: 'n', private: true })).toEqual(info);
    expect(await client.channels.set(GROUP, { name: 'new' })).toMatchObject({ name: 'new' });
    expect(chat.last('channelSet')).toEqual({ channelUUID: GROUP, name: 'new' });
  });

  it('does not make a second group when the answer to the first is lost', async () => {
    chat.unanswered.add('channelCreate');
    const created = client.channels.create({ name: 'n', private: true });
    await chat.request('channelCreate');
    chat.socket.end(1006);
    await expect(created).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    await next('online');
    await client.users().catch(() => undefined);
    expect([chat.countOf('channelCreate'), client.waiting]).toEqual([1, 0]);
  });

  it('creates a group after it was refused for the moment', async () => {
    answer('channelCreate', 'channelCreate', { channel: info });
    chat.refusals.push({ type: 'channelCreate', name: 'OVERLOADED' });
    expect(await client.channels.create({ name: 'n', private: true })).toEqual(info);
  });

  it('quits a group, also one that it is out of already', async () => {
    answer('channelKick', 'channelKick', { ...about, userUUID: USER });
    await client.channels.quit(GROUP);
    expect(chat.last('channelKick')).toEqual({ channelUUID: GROUP, userUUID: USER });
    chat.refusals.push({ type: 'channelKick', name: 'CHANNEL_NOT_FOUND' });
    await client.channels.quit(GROUP);
    chat.refusals.push({ type: 'channelKick', name: 'INTERNAL' });
    await expect(client.channels.quit(GROUP)).rejects.toMatchObject({ name: 'INTERNAL' });
  });

  it('changes messages in the order of the calls', async () => {
    chat.answers.set('reaction', (asked) => ({
      type: 'reaction',
      reaction: { ...change, remove: false, ...asked, channelUUID: CHANNEL, count: 1 },
    }));
    chat.refusals.push({ type: 'reaction', name: 'OVERLOADED' });
    await Promise.all([client.react({}, 'm', '👍'), client.unreact({}, 'm', '👍')]);
    const sent = chat.asked.filter(({ type }) => type === 'reaction').map((one) => one['reaction'].remove);
    expect(sent).toEqual([undefined, undefined, true]);
  });

  it('posts an answer to a message', async () => {
    await client.post({}, 'text', { replyTo: 'm' });
    expect(chat.last('channelMessage')).toMatchObject({ message: 'text', replyTo: 'm' });
  });

  it('says that the user is writing, once for a while, and not later', async () => {
    client.typing();
    client.typing();
    client.typing({ recipientUUID: OTHER });
    await client.post({}, 'text');
    expect(chat.asked.filter(({ type }) => type === 'typing')).toEqual([
      { type: 'typing', typing: {} },
      { type: 'typing', typing: { recipientUUID: OTHER } },
    ]);
    chat.socket.end(1006);
    await next('connecting');
    client.typing({ channelUUID: GROUP });
    await client.post({}, 'text');
    expect(chat.countOf('typing')).toBe(2);
  });

  it('tells who is writing in a held channel', async () => {
    const told: unknown[] = [];
    client.on('typing', (typing) => told.push(typing));
    await client.subscribe();
    const typing = { channelUUID: CHANNEL, userUUID: OTHER, username: 'o' };
    chat.notify({ type: 'typing', typing });
    chat.notify({ type: 'typing', typing: { ...typing, userUUID: USER } });
    expect(told).toEqual([typing]);
  });

  it('knows how far members have read, and tells what is new', async () => {
    const told: unknown[] = [];
    client.on('read', (read) => told.push(read));
    chat.reads = [{ userUUID: OTHER, seq: 3 }];
    await client.subscribe();
    const read = (seq: number, userUUID = OTHER) => {
      const channelRead = { channelUUID: CHANNEL, userUUID, seq };
      chat.notify({ type: 'sys', sys: { type: 'channelRead', channelRead } });
    };
    read(2);
    read(5);
    read(1, USER);
    expect(told).toMatchObject([{ seq: 5 }, { userUUID: USER, seq: 1 }]);
    expect([...client.reads()]).toEqual([
      [OTHER, 5],
      [USER, 1],
    ]);
    chat.reads = [{ userUUID: OTHER, seq: 8 }];
    const back = next('online');
    chat.socket.end(1006);
    await back;
    expect([...client.reads()]).toEqual([
      [OTHER, 8],
      [USER, 1],
    ]);
  });

  it('knows that authors have read up to their messages, that who comes has nothing to read, and who has gone', async () => {
    const reads = () => Object.fromEntries(client.reads());
    chat.reads = [{ userUUID: USER, seq: 0 }];
    await client.subscribe();
    chat.write((log) => log.post('one', 'epoch-1', { SenderUUID: OTHER }));
    expect(reads()).toMatchObject({ [OTHER]: 1 });
    chat.write((log) => log.tell('channelKick', { userUUID: OTHER }));
    expect(reads()).not.toHaveProperty(OTHER);
    chat.write((log) => log.tell('channelInvite', { userUUID: OTHER }));
    expect(reads()).toMatchObject({ [OTHER]: 3 });
    // The list was read before the message that was missed.
    chat.reads = [{ userUUID: OTHER, seq: 3 }];
    const back = next('online');
    chat.socket.end(1006);
    chat.write((log) => log.post('two', 'epoch-1', { SenderUUID: OTHER }), { silently: true });
    await back;
    expect(reads()).toMatchObject({ [OTHER]: 4 });
  });

  it('says nothing about who has read a channel whose members are too many', async () => {
    await client.subscribe();
    chat.write((log) => log.post('one', 'epoch-1', { SenderUUID: OTHER }));
    expect([...client.reads()]).toEqual([]);
  });

  describe('of the inbox', () => {
    let items: number[];
    let reloads: ClientEvents['inboxReload'][];

    beforeEach(() => {
      items = [];
      reloads = [];
      client.on('inboxItem', ({ seq }) => items.push(seq));
      client.on('inboxReload', (reload) => reloads.push(reload));
    });

    const loseConnection = async (meanwhile: () => void) => {
      chat.socket.end(1006);
      meanwhile();
      await new Promise<void>((resolve) => {
        const off = client.on('frame', ({ type }) => {
          if (type !== 'inbox') return;
          off();
          resolve();
        });
      });
      await new Promise((resolve) => setImmediate(resolve));
    };

    it('gets each item once and in order, also those that it missed', async () => {
      chat.inbox.add({ kind: 'message', UUID: 'm', messageSeq: 1 });
      expect(await client.inbox()).toEqual({ epoch: 'inbox-1', seq: 1, unread: 0, recovered: true });
      chat.inbox.add({ kind: 'invite', by: OTHER });
      await loseConnection(() => chat.inbox.add({ kind: 'read', readSeq: 4 }));
      chat.inbox.add({ kind: 'contact', channelUUID: '', userUUID: OTHER, change: 'block' });
      expect(items).toEqual([2, 3, 4]);
      expect(chat.last('inbox')).toEqual({ epoch: 'inbox-1', seq: 2 });
      expect([client.inboxPosition, reloads]).toEqual([{ epoch: 'inbox-1', seq: 4 }, []]);
    });

    it('resumes when an item is missing', async () => {
      await client.inbox();
      chat.inbox.add({ kind: 'invite' }, { silently: true });
      chat.inbox.add({ kind: 'kick' });
      await loseConnection(() => undefined);
      expect([items, chat.dialled.length]).toEqual([[1, 2], 2]);
    });

    it('says what it cannot recover', async () => {
      await client.inbox();
      await loseConnection(() => {
        for (let n = 0; n < 3; n += 1) chat.inbox.add({ kind: 'mention' });
        chat.inbox.gone = 2;
      });
      const [before, now] = [
        { epoch: 'inbox-1', seq: 0 },
        { epoch: 'inbox-1', seq: 3 },
      ];
      expect([reloads, items]).toEqual([[{ before, now }], []]);
    });

    it('follows a new epoch, and says when that has lost items', async () => {
      await client.inbox();
      for (let n = 0; n < 3; n += 1) chat.inbox.add({ kind: 'mention' });
      const tell = (epoch: string, from: number) =>
        chat.socket.deliver({ type: 'sys', sys: { type: 'inboxEpoch', inboxEpoch: { epoch, from } } });
      tell('inbox-2', 3);
      expect([client.inboxPosition, reloads]).toEqual([{ epoch: 'inbox-2', seq: 3 }, []]);
      tell('inbox-3', 1);
      expect(client.inboxPosition).toEqual({ epoch: 'inbox-3', seq: 1 });
      expect(reloads).toMatchObject([{ before: { seq: 3 }, now: { seq: 1 } }]);
    });

    it('tells what is unread now, without an item twice', async () => {
      await client.inbox();
      chat.inbox.add({ kind: 'mention' });
      await Promise.all([client.inbox(), client.inbox()]);
      expect([items, chat.countOf('inbox')]).toEqual([[1], 3]);
    });
  });
});
