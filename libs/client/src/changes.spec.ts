import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChatClient } from './chat-client.js';
import type { ClientEvents } from './events.js';
import { CHANNEL, FakeChat, USER } from './fixtures/fake-chat.js';
import { OTHER } from './fixtures/fake-log.js';

describe('a client of a channel whose messages change', () => {
  let chat: FakeChat;
  let client: ChatClient;
  /** The type of each entry that was told, with its Seq. */
  let told: string[];
  let reloads: ClientEvents['reload'][];

  const begin = async (keptMessages?: number) => {
    client = new ChatClient({
      url: 'ws://a',
      webSocket: chat.webSocket,
      reconnect: { firstMs: 1, longestMs: 5 },
      ...(keptMessages !== undefined && { keptMessages }),
    });
    client.on('message', ({ message }) => told.push(`message ${message.Seq}`));
    client.on('change', ({ frame }) => told.push(`${frame.type} ${Object(frame)[frame.type].Seq}`));
    client.on('group', ({ news }) => told.push(`${news.type} ${Object(news)[news.type].Seq}`));
    client.on('reload', (reload) => reloads.push(reload));
    await client.signIn('u', 'p');
  };

  const online = () =>
    new Promise<void>((resolve) => {
      const off = client.on('state', ({ state }) => {
        if (state !== 'online') return;
        off();
        resolve();
      });
    });

  /** What happens while the connection is lost. */
  const whileAway = async (happen: () => void) => {
    const back = online();
    chat.socket.end(1006);
    happen();
    await back;
  };

  beforeEach(() => {
    chat = new FakeChat();
    told = [];
    reloads = [];
  });

  afterEach(() => client.close());

  it('tells each change once, in the order of the log, and has no hole after it', async () => {
    await begin();
    await client.subscribe();
    const { UUID } = chat.store('one');
    chat.write((log) => log.edit(UUID, 'two'));
    chat.notify(chat.entries.after(1)[0]); // twice
    chat.write((log) => log.react(UUID, '👍'));
    chat.write((log) => log.tell('channelInvite', {}));
    chat.write((log) => log.delete(UUID));
    chat.store('three');
    expect(told).toEqual([
      'message 1',
      'messageEdit 2',
      'reaction 3',
      'channelInvite 4',
      'messageDelete 5',
      'message 6',
    ]);
    expect([chat.dialled.length, client.positions[0]?.seq]).toEqual([1, 6]);
  });

  it('keeps the messages as they are after every change', async () => {
    await begin();
    await client.subscribe();
    const [one, two] = [chat.store('one'), chat.store('two')];
    chat.write((log) => log.edit(one.UUID, 'edited'));
    chat.write((log) => log.react(one.UUID, '👍'));
    chat.write((log) => log.react(one.UUID, '👍', { by: USER }));
    chat.write((log) => log.react(two.UUID, '🎉'));
    chat.write((log) => log.react(two.UUID, '🎉', { remove: true }));
    expect(client.messages()).toEqual(chat.log);
    expect(client.messages()[0]).toMatchObject({
      Message: 'edited',
      reactions: [{ reaction: '👍', count: 2, mine: true }],
    });
    chat.write((log) => log.delete(one.UUID));
    expect(client.messages()).toEqual(chat.log);
    expect(client.messages()[0]).toMatchObject({ Message: '', deletedAt: expect.any(String) });
  });

  it('tells the message as it is after a change', async () => {
    await begin();
    await client.subscribe();
    const { UUID } = chat.store('one');
    const changed: ClientEvents['change'][] = [];
    client.on('change', (change) => changed.push(change));
    chat.write((log) => log.edit(UUID, 'two'));
    expect(changed).toMatchObject([{ epoch: 'epoch-1', message: { UUID, Message: 'two' } }]);
  });

  it('has the same messages after a resume as one that never left', async () => {
    await begin();
    await client.subscribe();
    const one = chat.store('one');
    chat.write((log) => log.react(one.UUID, '👍', { by: USER }));
    await whileAway(() => {
      chat.write((log) => log.edit(one.UUID, 'two'));
      const next = chat.store('next');
      chat.write((log) => log.react(next.UUID, '👍'));
      chat.write((log) => log.react(one.UUID, '👍', { by: USER, remove: true }));
      chat.write((log) => log.edit(one.UUID, 'three'));
      chat.write((log) => log.delete(next.UUID));
    });
    expect(client.messages()).toEqual(chat.log);
    expect(told.slice(2)).toEqual([
      'messageEdit 3',
      'message 4',
      'reaction 5',
      'reaction 6',
      'messageEdit 7',
      'messageDelete 8',
    ]);
    expect(reloads).toEqual([]);
  });

  it('leaves a deleted message as it is, whatever else comes for it', async () => {
    await begin();
    await client.subscribe();
    const shown: unknown[] = [];
    client.on('change', ({ message }) => shown.push([message?.Message, message?.reactions]));
    await whileAway(() => {
      const { UUID } = chat.store('one');
      chat.write((log) => log.react(UUID, '👍'));
      chat.write((log) => log.edit(UUID, 'two'));
      chat.write((log) => log.delete(UUID));
    });
    expect(shown).toEqual(Array(3).fill(['', undefined]));
  });

  it('resumes when a change is missing', async () => {
    await begin();
    await client.subscribe();
    const { UUID } = chat.store('one');
    const back = online();
    chat.write((log) => log.edit(UUID, 'lost'), { silently: true });
    chat.write((log) => log.react(UUID, '👍'));
    expect(told).toEqual(['message 1']);
    await back;
    expect(told).toEqual(['message 1', 'messageEdit 2', 'reaction 3']);
    expect(client.messages()).toEqual(chat.log);
  });

  it('begins with the messages of a join', async () => {
    await begin();
    const one = chat.store('one');
    chat.write((log) => log.edit(one.UUID, 'two'));
    chat.write((log) => log.react(one.UUID, '👍'));
    await client.join();
    expect(client.messages()).toEqual(chat.log);
    chat.write((log) => log.react(one.UUID, '👍', { by: USER }));
    expect(client.messages()).toEqual(chat.log);
  });

  it('puts a page before the messages that it has, and none that leaves a hole', async () => {
    await begin();
    for (let n = 1; n <= 6; n += 1) chat.store(String(n));
    await client.join({}, { limit: 2 });
    await client.history({}, { before: 3, limit: 1 });
    expect(client.messages().map(({ Seq }) => Seq)).toEqual([5, 6]);
    await client.history({}, { before: 5, limit: 2 });
    expect(client.messages().map(({ Seq }) => Seq)).toEqual([3, 4, 5, 6]);
  });

  it('applies to a page the changes that overtook it', async () => {
    await begin();
    const { UUID } = chat.store('one');
    await client.subscribe();
    chat.cork();
    const page = client.history();
    await chat.request('channelMessages');
    // The page was read before these, and comes after them.
    chat.write((log) => log.edit(UUID, 'two'));
    chat.write((log) => log.react(UUID, '👍'));
    chat.uncork();
    expect((await page).messages).toMatchObject([{ Message: 'one' }]);
    expect(client.messages()).toEqual(chat.log);
  });

  it('lets replies quote a message as it is', async () => {
    await begin();
    await client.subscribe();
    const one = chat.store('one');
    const replyTo = { UUID: one.UUID, Seq: one.Seq, SenderUUID: USER, Username: 'u', excerpt: 'one' };
    chat.write((log) => log.post('answer', 'epoch-1', { replyTo }));
    const quoted = () => client.messages()[1]?.replyTo;
    expect(quoted()).toEqual(replyTo);
    chat.write((log) => log.edit(one.UUID, '😀'.repeat(101)));
    expect(quoted()?.excerpt).toBe('😀'.repeat(100));
    chat.write((log) => log.delete(one.UUID));
    expect(quoted()).toEqual({ UUID: one.UUID, Seq: one.Seq, SenderUUID: USER, Username: 'u' });
  });

  it('keeps the newest messages only, and no more of them than asked for', async () => {
    await begin(2);
    await client.subscribe();
    for (const text of ['1', '2', '3']) chat.store(text);
    expect(client.messages().map(({ Message }) => Message)).toEqual(['2', '3']);
    await client.history();
    expect(client.messages().map(({ Message }) => Message)).toEqual(['2', '3']);
    for (let n = 0; n < 3; n += 1) chat.store('x'.repeat(200_000));
    expect(client.messages()).toHaveLength(1);
  });

  it('keeps nothing that the log lost', async () => {
    await begin();
    await client.subscribe();
    const { UUID } = chat.store('one');
    chat.write((log) => log.edit(UUID, 'two'));
    chat.loseAfter(1);
    expect(reloads).toMatchObject([{ now: { seq: 1 } }]);
    expect(client.messages()).toEqual([]);
    await client.history();
    expect(client.messages()).toEqual(chat.log);
    chat.write((log) => log.edit(UUID, 'three'));
    expect(client.messages()).toMatchObject([{ Message: 'three' }]);
  });

  it('forgets a channel from which its user was removed', async () => {
    await begin();
    await client.subscribe();
    chat.store('one');
    chat.write((log) => log.tell('channelKick', { userUUID: USER, by: OTHER, ban: true }));
    expect(told).toEqual(['message 1', 'channelKick 2']);
    expect(reloads).toEqual([{ channelUUID: CHANNEL, before: expect.objectContaining({ seq: 2 }) }]);
    expect([client.positions, client.messages(), chat.countOf('unsubscribe')]).toEqual([[], [], 0]);
  });

  it.each([1, 2, 3, 4, 5])('has the same messages as the log, whatever happens (%d)', async (seed) => {
    const random = generator(seed);
    await begin();
    await client.subscribe();
    chat.store('first');
    for (let round = 0; round < 6; round += 1) {
      for (let n = 0; n < 12; n += 1) happen(chat, random);
      await whileAway(() => {
        for (let n = 0; n < 12; n += 1) happen(chat, random);
      });
      if (random(2) === 0) await client.join({}, { limit: 5 });
      expect(client.messages()).toEqual(chat.log);
    }
    expect(told.map((entry) => Number(entry.split(' ')[1]))).toEqual(
      Array.from({ length: chat.entries.seq }, (_, index) => index + 1),
    );
  });
});

/** Numbers below a bound, the same ones for the same seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

/** Somebody posts, edits, deletes or reacts. */
function happen(chat: FakeChat, random: (below: number) => number): void {
  const { UUID, deletedAt } = chat.log[random(chat.log.length)]!;
  const options = { by: random(2) === 0 ? USER : OTHER, remove: random(3) === 0 };
  const what = deletedAt === undefined ? random(8) : 0;
  if (what <= 1) chat.store(`text ${random(1_000)}`);
  else if (what <= 3) chat.write((log) => log.edit(UUID, `edited ${random(1_000)}`));
  else if (what === 4) chat.write((log) => log.delete(UUID));
  else chat.write((log) => log.react(UUID, ['👍', '🎉', 'x'][random(3)]!, options));
}
