import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { InboxItem, Target } from '@parley/client';
import type { ChannelInfo, Message, User } from '@parley/protocol';
import { CHANNEL, FakeClient, ME, me, OTHER, other } from '../fixtures/fake-client.js';
import { Memory } from '../fixtures/memory.js';
import { keyOf } from '../shared/channel-ref.js';
import { Inbox } from './inbox.js';
import type { InboxNews, InboxOptions } from './inbox-view.js';

const GROUP = '00000000-0000-4000-8000-000000000010';
const PRIVATE = '00000000-0000-4000-8000-000000000011';

const group: ChannelInfo = {
  ...{ channelUUID: GROUP, name: 'Engines', topic: '', private: true, archived: false },
  ...{ role: 'member', members: 2, seq: 0, unread: 0 },
};

const settle = async () => {
  for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setTimeout(resolve));
};

describe('an inbox', () => {
  let client: FakeClient;
  let inbox: Inbox;
  let storage: Memory;
  let news: InboxNews[];
  /** What was said in each channel, by how requests name it. */
  let said: Map<string, Message[]>;

  const uuidOf = (target: Target) =>
    target.channelUUID ?? (target.recipientUUID === undefined ? CHANNEL : PRIVATE);
  const message = (channelUUID: string, Seq: number, more: Partial<Message> = {}): Message => ({
    ...{ UUID: `${channelUUID} ${Seq}`, SenderUUID: OTHER, Sender: other, RecipientUUID: '' },
    ...{ Message: `${Seq}`, CreatedAt: new Date(100_000 + Seq).toISOString() },
    ...{ ChannelUUID: channelUUID, Seq, ...more },
  });
  const privately = (Seq: number, more: Partial<Message> = {}) =>
    message(PRIVATE, Seq, { RecipientUUID: ME, Recipient: me, ...more });
  const comes = (what: Message) => client.emit('message', { epoch: 'e', message: what });
  const item = (of: Message): InboxItem => ({
    ...{ seq: of.Seq, kind: 'message', channelUUID: of.ChannelUUID, UUID: of.UUID },
    ...{ messageSeq: of.Seq, message: of },
  });
  const subscribed = () =>
    client.asked.filter(([name]) => name === 'subscribe').map(([, target]) => keyOf(target as Target));
  const marked = () => client.asked.filter(([name, , seq]) => name === 'markRead' && seq !== 0);
  const start = async (options: InboxOptions = {}) => {
    inbox = new Inbox(client.asClient, options);
    inbox.onNews((each) => news.push(each));
    inbox.start();
    await settle();
  };

  beforeEach(() => {
    client = new FakeClient();
    client.groups = [group];
    client.inboxPosition = { epoch: 'i', seq: 10 };
    storage = new Memory();
    news = [];
    said = new Map();
    client.history = ((target: Target) => {
      client.asked.push(['history', target]);
      const messages = (said.get(keyOf(target)) ?? []).slice(-1);
      return Promise.resolve({ channelUUID: uuidOf(target), messages, hasMore: false });
    }) as never;
    client.channelUUID = uuidOf;
    client.subscribe = ((target: Target) => {
      client.asked.push(['subscribe', target]);
      client.emit('frame', { type: 'subscribed', subscribed: { channelUUID: uuidOf(target) } } as never);
      return Promise.resolve({ channelUUID: uuidOf(target), epoch: 'e', seq: 0 });
    }) as never;
  });
  afterEach(() => inbox.stop());

  it('follows all conversations if it is to, each once, and those that come later', async () => {
    storage.setItem(`parley.partners.${ME}`, JSON.stringify([{ UUID: OTHER, Username: 'other' }]));
    await start({ followsAll: true, storage });
    expect(subscribed().sort()).toEqual(['@', GROUP, `@${OTHER}`].sort());
    expect(client.countOf('list')).toBe(1);
    comes(
      message('c', 1, {
        RecipientUUID: ME,
        Recipient: me,
        SenderUUID: 'new',
        Sender: { ...other, UUID: 'new' },
      }),
    );
    await settle();
    expect(subscribed().at(-1)).toBe('@new');
  });

  it('lists a public group that the application has joined while the list was loaded', async () => {
    client.hold('earlier');
    await start({ followsAll: true });
    client.groups = [group, { ...group, channelUUID: 'joined', name: 'Joined' }];
    await client.subscribe({ channelUUID: 'joined' });
    client.release('earlier');
    await settle();
    expect(inbox.find('joined')?.title).toBe('Joined');
  });

  it('follows none by default', async () => {
    await start();
    comes(privately(1));
    expect(subscribed()).toEqual([]);
  });

  it('remembers with whom the user has talked, the most recent first, and up to where the inbox has told of it', async () => {
    client.items = [item(privately(1))];
    await start({ storage });
    const third: User = { UUID: 'third', Username: 'third', OnLine: true };
    client.inboxPosition = { epoch: 'i', seq: 12 };
    client.emit(
      'inboxItem',
      item(message('c', 12, { RecipientUUID: ME, Recipient: me, SenderUUID: 'third', Sender: third })),
    );
    const kept = (name: string) => JSON.parse(storage.items.get(`parley.${name}.${ME}`)!);
    expect(kept('partners').map(({ Username }: User) => Username)).toEqual(['third', 'other']);
    expect(kept('inbox')).toEqual({ epoch: 'i', seq: 12 });
  });

  it.each([
    ['what the inbox has brought since', { epoch: 'i', seq: 7 }, [3]],
    ['nothing if it has brought nothing', { epoch: 'i', seq: 10 }, []],
    ['the newest if the inbox has begun again', { epoch: 'h', seq: 9 }, [500]],
  ])('reads again %s', async (_, position, expected) => {
    storage.setItem(`parley.inbox.${ME}`, JSON.stringify(position));
    await start({ storage });
    expect(client.asked.filter(([name]) => name === 'earlier').map(([, most]) => most)).toEqual(expected);
  });

  it('looks into the private channels of contacts where nothing is remembered, and lists those with messages', async () => {
    client.contactList = [other, { ...other, UUID: 'silent', Username: 'silent' }];
    said.set(`@${OTHER}`, [
      privately(1, { SenderUUID: ME, Sender: me, RecipientUUID: OTHER, Recipient: other }),
    ]);
    await start({ storage });
    expect(inbox.view.value.conversations.map(({ title }) => title).sort()).toEqual(['', 'Engines', 'other']);
    inbox.stop();
    await start({ storage });
    expect(client.countOf('contacts')).toBe(1);
    expect(inbox.find({ recipientUUID: OTHER })?.title).toBe('other');
  });

  it('works without a storage that can be written to', async () => {
    storage.isForbidden = true;
    await start({ storage });
    comes(privately(1));
    await inbox.load();
    expect(inbox.find({ recipientUUID: OTHER })).toBeDefined();
  });

  it('leaves out a partner who is gone', async () => {
    storage.setItem(`parley.partners.${ME}`, JSON.stringify([{ UUID: OTHER, Username: 'other' }]));
    client.subscribe = (async () => {
      throw Object.assign(new Error('gone'), { name: 'USER_NOT_FOUND' });
    }) as never;
    client.groups = [];
    const history = client.history;
    client.history = ((target: Target) => {
      if (target.recipientUUID) throw Object.assign(new Error('gone'), { name: 'USER_NOT_FOUND' });
      return history(target, { limit: 1 });
    }) as never;
    await start({ storage });
    expect(inbox.view.value).toMatchObject({ status: 'ready', conversations: [{ kind: 'general' }] });
  });

  it('shows what is there while it still looks for the rest', async () => {
    client.hold('earlier');
    await start();
    expect(inbox.view.value.status).toBe('loading');
    expect(inbox.view.value.conversations.map(({ kind }) => kind)).toEqual(['general', 'group']);
    client.release('earlier');
    await settle();
    expect(inbox.view.value.status).toBe('ready');
  });

  it('begins a private conversation with somebody whom the application finds, and remembers it', async () => {
    const people = {
      get: () => undefined,
      find: async (UUID: string) => ({ ...other, UUID, isPresenceKnown: true }),
    };
    const asked: string[] = [];
    const findGroup = async (channelUUID: string) => {
      asked.push(channelUUID);
      return group;
    };
    await start({ storage, people, findGroup, followsAll: true });
    expect(await inbox.open({ recipientUUID: OTHER })).toMatchObject({ title: 'other', unread: 0 });
    expect(inbox.find(PRIVATE)?.partner?.UUID).toBe(OTHER);
    expect(storage.items.get(`parley.partners.${ME}`)).toContain(OTHER);
    expect(await inbox.open({ recipientUUID: OTHER })).toBe(inbox.find(PRIVATE));
    expect(asked).toEqual([]);
  });

  it('opens no conversation that is not there for the user', async () => {
    const people = { get: () => undefined, find: async () => undefined };
    await start({ people, findGroup: async () => ({ ...group, channelUUID: 'x', role: 'outsider' }) });
    expect(await inbox.open({ recipientUUID: 'nobody' })).toBeUndefined();
    expect(await inbox.open('x')).toBeUndefined();
    expect(inbox.view.value.conversations).toHaveLength(2);
  });

  it("counts nothing that is on the user's screen, and marks it read", async () => {
    await start();
    comes(message(GROUP, 1));
    expect(inbox.find(GROUP)?.unread).toBe(1);
    inbox.look(GROUP);
    expect(inbox.find(GROUP)?.unread).toBe(0);
    comes(message(GROUP, 2));
    comes(message(GROUP, 3));
    expect(inbox.view.value.unread).toBe(0);
    await settle();
    expect(marked()).toEqual([
      ['markRead', { channelUUID: GROUP }, 1],
      ['markRead', { channelUUID: GROUP }, 3],
    ]);
    inbox.look();
    comes(message(GROUP, 4));
    expect(inbox.find(GROUP)?.unread).toBe(1);
  });

  it('asks how much is left when only a part was read elsewhere', async () => {
    await start();
    for (const seq of [1, 2, 3]) comes(message(GROUP, seq));
    client.emit('inboxItem', { seq: 11, kind: 'read', channelUUID: GROUP, readSeq: 1 });
    expect(client.asked.at(-1)).toEqual(['markRead', { channelUUID: GROUP }, 0]);
    const channelRead = { channelUUID: GROUP, seq: 1, unread: 2 };
    client.emit('frame', { type: 'channelRead', channelRead } as never);
    expect(inbox.find(GROUP)?.unread).toBe(2);
  });

  it('shows the newest message as it is after a change', async () => {
    await start();
    comes(message(GROUP, 1));
    const edited = message(GROUP, 1, { Message: 'another text' });
    client.emit('change', { epoch: 'e', frame: {} as never, message: edited });
    client.emit('change', { epoch: 'e', frame: {} as never, message: message(GROUP, 0) });
    expect(inbox.find(GROUP)?.lastMessage).toBe(edited);
  });

  it('says that a message names the user until it is read', async () => {
    await start();
    comes(message(GROUP, 1, { mentions: [{ userUUID: ME, username: 'me' }] }));
    expect(inbox.find(GROUP)?.isMentioned).toBe(true);
    inbox.markRead(GROUP);
    expect(inbox.find(GROUP)).toMatchObject({ unread: 0, isMentioned: false });
  });

  it('tells of messages of others, each once', async () => {
    await start();
    comes(message(GROUP, 1));
    client.emit('inboxItem', item(message(GROUP, 1)));
    comes(message(GROUP, 2, { SenderUUID: ME, Sender: me }));
    comes(privately(1));
    expect(news).toMatchObject([
      { kind: 'message', message: { Seq: 1 }, conversation: { title: 'Engines', unread: 1 } },
      { kind: 'message', conversation: { title: 'other', kind: 'private' } },
    ]);
  });

  it('tells of invitations, and of groups that are closed to the user, but not of those that the user quits', async () => {
    const two = { ...group, channelUUID: 'two', name: 'Two' };
    await start({ findGroup: async () => two });
    client.emit('inboxItem', { seq: 11, kind: 'invite', channelUUID: 'two', by: OTHER });
    await settle();
    client.emit('inboxItem', { seq: 12, kind: 'kick', channelUUID: 'two', by: OTHER });
    client.emit('reload', { channelUUID: 'two', before: { channelUUID: 'two', epoch: 'e', seq: 1 } });
    const channelKick = { channelUUID: GROUP, userUUID: ME, by: ME, Seq: 1 };
    client.emit('frame', { type: 'channelKick', channelKick } as never);
    expect(news.map(({ kind, ...of }) => [kind, of.conversation.title])).toEqual([
      ['invited', 'Two'],
      ['removed', 'Two'],
    ]);
    expect(inbox.find(GROUP)).toBeUndefined();
  });

  it('reads one group where only one has changed, and keeps what has come since', async () => {
    let seq = 0;
    await start({ findGroup: async () => ({ ...group, members: 3, seq }) });
    comes(message(GROUP, 1));
    const channelRole = { channelUUID: GROUP, userUUID: OTHER, by: OTHER, Seq: 2, role: 'moderator' };
    const changes = () =>
      client.emit('group', { epoch: 'e', news: { type: 'channelRole', channelRole } } as never);
    changes();
    await settle();
    expect(inbox.find(GROUP)).toMatchObject({ group: { members: 3 }, unread: 1, countedTo: 1 });
    seq = 2;
    changes();
    await settle();
    expect(inbox.find(GROUP)).toMatchObject({ unread: 0, countedTo: 2 });
    expect(client.countOf('list')).toBe(1);
  });

  it('starts counting again when the history starts again', async () => {
    await start();
    comes(message(GROUP, 50));
    client.groups = [{ ...group, seq: 2, unread: 2, lastMessage: message(GROUP, 2) }];
    const position = { channelUUID: GROUP, epoch: 'e', seq: 50 };
    client.emit('reload', { channelUUID: GROUP, before: position, now: { ...position, epoch: 'f', seq: 2 } });
    await settle();
    expect(inbox.find(GROUP)).toMatchObject({ unread: 2, countedTo: 2 });
  });

  it('shows one user nothing of another', async () => {
    await start({ followsAll: true });
    inbox.look(GROUP);
    client.becomes('offline');
    expect(inbox.view.value).toMatchObject({ status: 'idle', conversations: [] });
    client.becomes('online', { userUUID: OTHER });
    await settle();
    comes(message(GROUP, 9, { SenderUUID: 'x', Sender: { ...other, UUID: 'x' } }));
    expect(inbox.find(GROUP)?.unread).toBe(1);
  });
});
