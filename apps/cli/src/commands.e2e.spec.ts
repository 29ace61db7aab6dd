import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ChannelInfo, Message, User } from '@parley/protocol';
import { secondsFromNow, TestIssuer } from '@parley/testing';
import { COMMANDS } from './commands/index.js';
import { LiveChat } from './fixtures/live-chat.js';
import type { Person } from './fixtures/parley.js';

jest.setTimeout(180_000);

interface Ack {
  readonly UUID: string;
  readonly Seq: number;
  readonly ChannelUUID: string;
}

/** The commands that these tests have run with `--json`. */
const ran = new Set<string>();

describe('the commands against a running chat', () => {
  const issuer = new TestIssuer();
  let chat: LiveChat;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    const TOKEN_JWKS_URL = await issuer.publish();
    chat = await LiveChat.start({
      ...{ AUTH_METHODS: 'password,token', TOKEN_JWKS_URL, TOKEN_LEEWAY_SECONDS: '0' },
      ...{ TOKEN_ISSUER: issuer.issuer, TOKEN_AUDIENCE: issuer.audience },
    });
    ada = await chat.member('ada');
    bob = await chat.member('bob');
  });

  afterAll(async () => {
    await chat?.stop();
    await issuer.stop();
  });

  /** Runs a command with `--json` and remembers that. */
  const json = <T>(person: Person, ...args: string[]) => {
    const command = [args.slice(0, 2).join(' '), args[0]!].find((name) =>
      COMMANDS.some((each) => each.name === name),
    );
    ran.add(command!);
    return person.json<T>(...args);
  };

  it('sign in, say who that is, and sign out', async () => {
    const eve = chat.person('eve');
    const password = ['login', 'eve', '--password-stdin', '--json'];
    expect(await eve.run([...password], 'secret')).toMatchObject({ code: 4, out: '' });
    expect(await eve.run([...password, '--create'], 'secret')).toMatchObject({ code: 0 });
    expect((await eve.run([...password], 'wrong')).code).toBe(4);
    const { code, out } = await eve.run(password, 'secret\n');
    ran.add('login');
    expect(code).toBe(0);
    const who = { server: chat.url, username: 'eve', userUUID: expect.any(String) };
    expect(JSON.parse(out)).toEqual(who);
    expect(await json(eve, 'whoami')).toEqual(who);

    const folder = join(eve.folder, 'parley');
    const file = join(folder, 'credentials.json');
    const modes = [folder, file].map(async (path) => (await stat(path)).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o700, 0o600]);
    const { sessions } = JSON.parse(await readFile(file, 'utf8'));
    const { accessKey } = sessions[chat.url];
    expect(await json(eve, 'logout')).toEqual({ server: chat.url, username: 'eve' });
    expect((await eve.run(['whoami'])).code).toBe(3);
    const response = await fetch(`${chat.url}/api/v1/users/me`, {
      headers: { authorization: `Bearer ${accessKey}` },
    });
    expect(response.status).toBe(401);
  });

  it('say that a session has ended elsewhere', async () => {
    const eve = await chat.member('eve2');
    const { sessions } = JSON.parse(await readFile(join(eve.folder, 'parley/credentials.json'), 'utf8'));
    const authorization = `Bearer ${sessions[chat.url].accessKey}`;
    await fetch(`${chat.url}/api/v1/sessions`, { method: 'DELETE', headers: { authorization } });
    const { code, err } = await eve.run(['history', '--json']);
    expect([code, JSON.parse(err).error.name]).toEqual([3, 'NOT_SIGNED_IN']);
    expect((await eve.run(['logout'])).code).toBe(0);
  });

  it('sign in with a token, also from standard input', async () => {
    const tom = chat.person('tom');
    const token = issuer.token('tom', { preferred_username: 'tom', exp: secondsFromNow(600) });
    const { code, out } = await tom.run(['login', '--token', '-', '--json'], `${token}\n`);
    expect([code, JSON.parse(out)]).toMatchObject([0, { username: 'tom', expiresAt: expect.any(String) }]);
    expect(await json(tom, 'whoami')).toMatchObject({ username: 'tom', expiresAt: expect.any(String) });
    expect((await tom.run(['login', '--token', 'no.such.token'])).code).toBe(4);
  });

  it('list users, and those whose names begin with something', async () => {
    const { users } = await json<{ users: User[] }>(ada, 'users');
    expect(users.map(({ Username }) => Username)).toEqual(expect.arrayContaining(['ada', 'bob']));
    const found = await json<{ users: User[]; hasMore: boolean }>(ada, 'users', 'BO');
    expect([found.users.map(({ Username }) => Username), found.hasMore]).toEqual([['bob'], false]);
    expect(await json(ada, 'users', '--limit', '1')).toMatchObject({ users: [{}], hasMore: true });
  });

  it('send, by arguments and by standard input, and show what was written', async () => {
    const first = await json<Ack>(ada, 'send', 'general', 'hello', 'all');
    expect(first).toEqual({
      ...{ UUID: expect.any(String), Seq: expect.any(Number) },
      ...{ ChannelUUID: expect.any(String), CreatedAt: expect.any(String) },
    });
    const text = 'two\nlines\u001b[2J';
    expect((await ada.run(['send', 'BOB'], `${text}\n`)).code).toBe(0);
    const page = await json<{ messages: Message[] }>(bob, 'history', 'ada');
    expect(page.messages.map(({ Message }) => Message)).toEqual([text]);
    const shown = await bob.run(['history', '@ada']);
    expect(shown.out).toMatch(/ {2}ada: two\n {4}lines\[2J\n$/);
    expect(shown.out).not.toContain('\u001b');
  });

  it('read a history in pages, from both ends', async () => {
    const lines = Array.from({ length: 120 }, (_, index) => `line ${index + 1}`).join('\n');
    const { code, out } = await ada.run(['send', 'ada', '--lines', '--json'], `${lines}\n`);
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).Seq),
    ).toHaveLength(120);
    const texts = async (...args: string[]) => {
      const { messages, hasMore } = await json<{ messages: Message[]; hasMore: boolean }>(
        ada,
        'history',
        'ada',
        ...args,
      );
      return [messages.length, messages[0]?.Message, messages.at(-1)?.Message, hasMore];
    };
    expect(await texts()).toEqual([20, 'line 101', 'line 120', true]);
    expect(await texts('--limit', '500')).toEqual([120, 'line 1', 'line 120', false]);
    expect(await texts('--after', '0', '--limit', '110')).toEqual([110, 'line 1', 'line 110', true]);
    expect(await texts('--before', '11', '--limit', '3')).toEqual([3, 'line 8', 'line 10', true]);
  });

  it('make groups, find them by name, and invite, join and leave', async () => {
    const { channel } = await json<{ channel: ChannelInfo }>(
      ada,
      'channels',
      'create',
      '#The Lobby',
      '--topic',
      'all',
    );
    expect(channel).toMatchObject({ name: 'The Lobby', topic: 'all', private: false, role: 'owner' });
    const { channelUUID } = channel;
    expect(await json(bob, 'channels', '--public')).toMatchObject({ channels: [{ channelUUID }] });
    expect((await bob.run(['send', 'group:the lobby', 'hi'])).code).toBe(4);
    expect(await json(bob, 'channels', 'join', '#The Lobby')).toEqual({ channelUUID, name: 'The Lobby' });
    expect(await json(bob, 'send', 'group:the lobby', 'hi')).toMatchObject({ ChannelUUID: channelUUID });
    expect(await json(bob, 'channels')).toMatchObject({ channels: [{ channelUUID, members: 2 }] });
    expect(await json(bob, 'channels', 'leave', `#${channelUUID}`)).toMatchObject({ channelUUID });
    expect(await json(bob, 'channels')).toEqual({ channels: [] });
    const invited = await json<{ userUUIDs: string[] }>(
      ada,
      'channels',
      'invite',
      '#The Lobby',
      'bob',
      'tom',
    );
    expect(invited).toMatchObject({
      channelUUID,
      userUUIDs: [{}, {}].map(() => expect.any(String)),
      refused: [],
    });
    expect((await ada.run(['channels', 'join', '#nothing'])).code).toBe(4);
    await json(ada, 'channels', 'create', 'The Lobby');
    const { code, err } = await ada.run(['history', '#The Lobby', '--json']);
    expect([code, JSON.parse(err).error.message]).toEqual([4, expect.stringContaining(`#${channelUUID}`)]);
  });

  it('show the inbox, and mark it read', async () => {
    const { unread, items } = await json<{ unread: number; items: { kind: string }[] }>(bob, 'inbox');
    expect(unread).toBeGreaterThan(0);
    expect(items.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['message', 'invite']));
    const shown = await bob.run(['inbox', '--read']);
    expect(shown.out).toMatch(/ada {2}ada: two\n {4}lines\[2J\n/);
    expect(shown.out).toMatch(/ada has made you a member of #The Lobby\n/);
    expect(await json(bob, 'inbox', '--limit', '1')).toMatchObject({ unread: 0, items: [{}] });
  });

  it('keep contacts, and block', async () => {
    expect(await json(ada, 'contacts', 'add', 'bob')).toMatchObject({ username: 'bob' });
    await json(ada, 'contacts', 'block', 'Bob');
    const lists = await json<{ contacts: User[]; blocked: User[] }>(ada, 'contacts');
    expect([lists.contacts, lists.blocked].map((list) => list.map(({ Username }) => Username))).toEqual([
      ['bob'],
      ['bob'],
    ]);
    const { code, err } = await bob.run(['send', 'ada', 'let me in', '--json']);
    expect([code, JSON.parse(err).error.name]).toEqual([4, 'BLOCKED']);
    await json(ada, 'contacts', 'unblock', 'bob');
    await json(ada, 'contacts', 'remove', 'bob');
    expect(await json(ada, 'contacts')).toEqual({ contacts: [], blocked: [] });
    expect((await ada.run(['contacts', 'add', 'nobody at all'])).code).toBe(4);
  });

  it('follow what concerns the user, and end in order', async () => {
    const listening = bob.stream('listen');
    ran.add('listen');
    const [begun] = await listening.atLeast(1, 'listening');
    expect(begun).toMatchObject({ channels: [{ channel: 'general', channelUUID: expect.any(String) }] });
    await ada.json('send', 'bob', 'psst');
    await ada.json('send', 'general', 'hear, hear @bob');
    const messages = await listening.atLeast(2, 'message');
    expect(messages.map(({ channel, message }) => [channel, message.Message]).toSorted()).toEqual([
      ['ada', 'psst'],
      ['general', 'hear, hear @bob'],
    ]);
    expect(await listening.atLeast(1, 'mention')).toMatchObject([{ channel: 'general' }]);
    expect(await listening.signal('SIGTERM')).toBe(0);
  });

  it('end a stream after so many messages, and when its reader has gone', async () => {
    const counted = bob.stream('listen', 'ada', '--count', '1');
    await counted.atLeast(1, 'listening');
    await ada.json('send', 'bob', 'the only one');
    expect(await counted.code).toBe(0);
    expect(counted.events.filter(({ event }) => event === 'message')).toHaveLength(1);
  });

  it('are each tried with --json', () => {
    const wanted = COMMANDS.filter(({ json }) => json !== undefined).map(({ name }) => name);
    ran.add('send');
    expect([...ran].toSorted()).toEqual(wanted.toSorted());
  });

  it('lose and double nothing while both gateways are killed', async () => {
    const listening = bob.stream('listen', 'ada');
    const sending = ada.stream('send', 'bob', '--lines');
    await listening.atLeast(1, 'listening');
    const texts = Array.from({ length: 40 }, (_, index) => `message ${index + 1}`);
    const half = texts.length / 2;
    sending.write(`${texts.slice(0, half).join('\n')}\n`);
    await listening.atLeast(half, 'message');
    chat.killGateways();
    sending.write(`${texts.slice(half).join('\n')}\n`);
    sending.endInput();
    expect(await sending.code).toBe(0);
    const messages = await listening.atLeast(texts.length, 'message');
    expect(messages.map(({ message }) => message.Message)).toEqual(texts);
    await listening.atLeast(1, 'state');
    const { messages: stored } = await bob.json<{ messages: Message[] }>('history', 'ada', '--limit', '40');
    expect(stored.map(({ Message }) => Message)).toEqual(texts);
    expect(await listening.signal('SIGINT')).toBe(0);
  });
});
