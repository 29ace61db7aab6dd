import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { isRecoverable } from '@parley/contracts';
import { LIMITS, type Message, RIGHTS } from '@parley/protocol';
import type { Script } from '@parley/redis';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, joining, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import { RETURN } from '../redis/appender.js';
import { NEVER_LATE } from '../redis/delivery.js';
import type { Retention } from '../redis/retention.js';
import type { WhatToChange } from './changes.repository.js';

/** The fields of a text, as an edit stores them. */
const edit = (text: string): WhatToChange => ({
  kind: 'edit',
  fields: JSON.stringify({ Message: text }).slice(1, -1),
});
const deletion: WhatToChange = { kind: 'delete' };
const react = (reaction: string, remove = false): WhatToChange => ({ kind: 'react', reaction, remove });

/** A frame of a log: its type, and its payload under that name. */
type Told = Record<string, { readonly Seq: number }>;

const typeOf = (frame: Told): string => String(frame['type']);

describe('changes of messages', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A private channel of two users. */
  function setUp(retention: Partial<Retention> = {}) {
    const [ada, bob] = [newUser(), newUser()];
    const channel = privateChannelOf(ada.UUID, bob.UUID);
    const { channelUUID } = channel;
    const posts = lab.posts(retention);
    const changes = lab.changes(retention);
    const logs = lab.logs();
    const post = (text: string, { from = ada, replyTo = '' } = {}) =>
      posts.append({
        ...message(from, text, {
          channel: { ...channel, recipientUUID: from === ada ? bob.UUID : ada.UUID },
        }),
        replyTo,
      });
    const change = (
      UUID: string,
      what: WhatToChange,
      { by = ada.UUID, key = randomUUID() as string, deadline = NEVER_LATE.deadline } = {},
    ) => changes.change({ channelUUID, user: by, UUID, what, key, deadline });
    const history = async (user = ada.UUID, limit = 100) =>
      (await logs.history(channelUUID, { limit, user })).messages.map((json) => JSON.parse(json) as Message);
    const resume = async (after = 0) =>
      (await logs.page(channelUUID, { after })).frames.map(({ json }) => JSON.parse(json) as Told);
    const join = async (user = ada) =>
      (await lab.repository().join(joining(user, 'gateway', channel), randomUUID(), 100)).messages.map(
        (json) => JSON.parse(json) as Message,
      );
    /** Every value of the channel's keys as Redis would save it. */
    const bytes = async () => {
      await lab.redis.config('SET', 'rdbcompression', 'no');
      const keys = await lab.redis.keys(`*${channelUUID}*`);
      return Buffer.concat(await Promise.all(keys.map(async (key) => (await lab.redis.dumpBuffer(key))!)));
    };
    return {
      ada,
      bob,
      channel,
      channelUUID,
      posts,
      changes,
      logs,
      post,
      change,
      history,
      resume,
      join,
      bytes,
    };
  }

  it("have the time of Redis, as messages do, and not of the service's host", async () => {
    const { post, change } = setUp();
    const { UUID } = await post('text');
    const before = Date.now();
    jest.useFakeTimers({ now: 0, doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask'] });
    try {
      for (const what of [edit('another'), react('👍'), deletion])
        expect(Date.parse((await change(UUID, what)).at)).toBeGreaterThan(before - 3_600_000);
    } finally {
      jest.useRealTimers();
    }
  });

  it('show in pages and in joins, and are entries for who resumes', async () => {
    const { ada, bob, post, change, history, resume, join, channelUUID } = setUp();
    const { UUID } = await post('first "\\ ü😀');
    await post('second');
    const frames = await lab.frames(channelUUID);
    expect(await change(UUID, edit('edited "\\ ü😀'))).toMatchObject({ isNew: true, messageSeq: 1, Seq: 3 });
    await change(UUID, react('👍 "'), { by: bob.UUID });
    await change(UUID, react('👍 "'));
    const { at } = await change(UUID, react('🎉'), { by: bob.UUID });
    const reactions = (mine: boolean[]) => [
      { reaction: '👍 "', count: 2, mine: mine[0] },
      { reaction: '🎉', count: 1, mine: mine[1] },
    ];
    const shown = { UUID, Seq: 1, Message: 'edited "\\ ü😀', editedAt: expect.any(String) };
    expect((await history(ada.UUID))[0]).toMatchObject({ ...shown, reactions: reactions([true, false]) });
    expect((await history(bob.UUID))[0]).toMatchObject({ ...shown, reactions: reactions([true, true]) });
    expect((await join(bob)).at(-1)).toMatchObject({ ...shown, reactions: reactions([true, true]) });
    const common = { channelUUID, UUID, messageSeq: 1, at: expect.any(String) };
    const told = [
      {
        type: 'messageEdit',
        messageEdit: { ...common, Seq: 3, userUUID: ada.UUID, Message: 'edited "\\ ü😀' },
      },
      {
        type: 'reaction',
        reaction: { ...common, Seq: 4, userUUID: bob.UUID, reaction: '👍 "', remove: false, count: 1 },
      },
      {
        type: 'reaction',
        reaction: { ...common, Seq: 5, userUUID: ada.UUID, reaction: '👍 "', remove: false, count: 2 },
      },
      {
        type: 'reaction',
        reaction: { ...common, Seq: 6, userUUID: bob.UUID, reaction: '🎉', remove: false, count: 1, at },
      },
    ];
    expect(await resume(2)).toEqual(told);
    await frames.atLeast(4);
    expect(frames.frames.slice(0, 4).map(({ json }) => JSON.parse(json))).toEqual(told);
  });

  it('are made once: asked for again, delivered again, or to what is so already', async () => {
    const { post, change, history, resume } = setUp();
    const { UUID } = await post('text');
    const key = randomUUID();
    const first = await change(UUID, edit('new'), { key });
    const sameText = { ...first, isNew: false, mentionedBefore: undefined };
    expect(await change(UUID, edit('new'))).toEqual(sameText);
    await change(UUID, edit('newer'));
    // The first edit is delivered once more, after the second: it does not come back.
    expect(await change(UUID, edit('new'), { key })).toEqual({ ...first, isNew: false });
    expect((await history())[0]).toMatchObject({ Message: 'newer' });
    const liked = await change(UUID, react('+1'));
    expect(await change(UUID, react('+1'))).toEqual({ ...liked, isNew: false });
    const taken = await change(UUID, react('+1', true));
    expect(taken).toMatchObject({ isNew: true, count: 0 });
    expect(await change(UUID, react('+1', true))).toMatchObject({ isNew: false, Seq: 0, count: 0 });
    const deleted = await change(UUID, deletion, { key: 'gone' });
    expect(await change(UUID, deletion, { key: 'gone' })).toEqual({ ...deleted, isNew: false });
    expect(await change(UUID, deletion)).toEqual({ ...deleted, Seq: 0, isNew: false });
    expect((await resume()).map(typeOf)).toEqual([
      ...['channelMessage', 'messageEdit', 'messageEdit', 'reaction', 'reaction', 'messageDelete'],
    ]);
  });

  it('of the text that it has already is none', async () => {
    const { post, change, history } = setUp();
    const { UUID, CreatedAt } = await post('text');
    expect(await change(UUID, edit('text'))).toMatchObject({ isNew: false, Seq: 0, at: CreatedAt });
    expect((await history())[0]).not.toHaveProperty('editedAt');
  });

  it('leave no text of a deleted message anywhere, and every other message in its place', async () => {
    const { ada, bob, post, change, history, resume, join, bytes, logs, channelUUID } = setUp();
    const secrets = Array.from({ length: 6 }, () => randomBytes(24).toString('hex'));
    const texts = Array.from({ length: 60 }, (_, n) => `text ${n} ${'x'.repeat(n * 7)}`);
    const posted = [];
    for (const [n, text] of texts.entries())
      posted.push(
        await post(n % 10 === 5 ? secrets[Math.floor(n / 10)]! : text, { from: n % 2 ? bob : ada }),
      );
    const doomed = posted.filter((_, n) => n % 10 === 5);
    await change(doomed[1]!.UUID, edit(`edited ${secrets[1]}`), { by: bob.UUID });
    await change(doomed[1]!.UUID, react('?'));
    const answer = await post('an answer', { replyTo: doomed[1]!.UUID });
    expect((await history()).at(-1)!.replyTo).toEqual({
      ...{ UUID: doomed[1]!.UUID, Seq: doomed[1]!.Seq, SenderUUID: bob.UUID, Username: bob.Username },
      excerpt: `edited ${secrets[1]}`.slice(0, LIMITS.excerptCharacters),
    });
    for (const secret of secrets) expect((await bytes()).includes(secret)).toBe(true);
    const { head } = await logs.head(channelUUID);
    const before = await history();
    for (const { UUID } of doomed) await change(UUID, deletion, { by: bob.UUID });
    const stored = await bytes();
    for (const secret of secrets) expect(stored.includes(secret)).toBe(false);
    const tombstone = (each: Message): Message => ({
      ...{ UUID: each.UUID, SenderUUID: bob.UUID, Sender: each.Sender, RecipientUUID: each.RecipientUUID },
      ...{ Recipient: each.Recipient!, Message: '', ChannelUUID: channelUUID, CreatedAt: each.CreatedAt },
      ...{ Seq: each.Seq, deletedAt: expect.any(String) as unknown as string },
    });
    const gone = new Set(doomed.map(({ UUID }) => UUID));
    const after = before.map((each) => (gone.has(each.UUID) ? tombstone(each) : each));
    const { excerpt: _, ...replyTo } = before.at(-1)!.replyTo!;
    after[after.length - 1] = { ...before.at(-1)!, replyTo };
    expect(await history()).toEqual(after);
    expect(await join()).toEqual([...after].reverse());
    const frames = await resume();
    expect(frames.map((frame) => frame[typeOf(frame)]!.Seq)).toEqual(frames.map((_, n) => n + 1));
    expect(frames.find((frame) => typeOf(frame) === 'messageEdit')!['messageEdit']).not.toHaveProperty(
      'Message',
    );
    const position = { epoch: head.epoch, seq: 0 };
    expect(isRecoverable(position, (await logs.head(channelUUID, head.epoch)).head)).toBe(true);
    expect(answer.Seq).toBe(63);
  });

  it('may follow on what lies beside a deleted message, which is moved', async () => {
    const { bob, post, change, history, posts, channelUUID } = setUp();
    const [one, two, three] = [await post('one'), await post('two'), await post('three', { from: bob })];
    await change(two!.UUID, deletion);
    expect(await lab.redis.xlen(lab.keys.log(channelUUID))).toBe(0);
    await change(one!.UUID, edit('one more'));
    await change(three!.UUID, react('!'));
    const four = await post('four', { replyTo: three!.UUID });
    expect(await posts.find(channelUUID, three!)).toContain('three');
    expect(await history()).toMatchObject([
      { Message: 'one more' },
      { Message: '' },
      { Message: 'three', reactions: [{ reaction: '!', count: 1, mine: true }] },
      { Message: 'four', replyTo: { UUID: three!.UUID, Seq: 3, excerpt: 'three' } },
    ]);
    await change(one!.UUID, deletion);
    await change(four!.UUID, deletion);
    await change(three!.UUID, deletion, { by: bob.UUID });
    await post('five');
    expect((await history()).map(({ Message }) => Message)).toEqual(['', '', '', '', 'five']);
    const { head } = await lab.logs().head(channelUUID);
    expect(head.first).toBe(1);
  });

  it('know whose the message before one is, also when that was moved', async () => {
    const { ada, bob, post, change } = setUp();
    for (let n = 0; n < 20; n += 1) await post(`long ${'x'.repeat(500)}`);
    const doomed = await post('doomed', { from: bob });
    await post('moved', { from: bob });
    await change(doomed!.UUID, deletion, { by: bob.UUID });
    expect(await post('next')).toMatchObject({ follows: 'other' });
    expect(ada.UUID).not.toBe(bob.UUID);
  });

  it('are refused to who may not, and of what is not there', async () => {
    const { bob, post, change, channelUUID } = setUp();
    const { UUID } = await post('text');
    const refusal = async (UUID: string, what: WhatToChange, by: string) =>
      (await change(UUID, what, { by }).catch((error: Error) => error)) as Error;
    const eve = randomUUID();
    for (const what of [edit('x'), deletion, react('x')])
      expect(await refusal(UUID, what, eve)).toMatchObject({ name: 'FORBIDDEN' });
    for (const what of [edit('x'), deletion])
      expect(await refusal(UUID, what, bob.UUID)).toMatchObject({ name: 'FORBIDDEN' });
    const others = [
      randomUUID(),
      UUID.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
      `${UUID.slice(0, 24)}fff${UUID.slice(27)}`,
    ];
    for (const other of others)
      for (const what of [edit('x'), deletion, react('x')])
        expect(await refusal(other, what, bob.UUID)).toMatchObject({ name: 'MESSAGE_NOT_FOUND' });
    await expect(post('x', { replyTo: others[1]! })).rejects.toMatchObject({ name: 'MESSAGE_NOT_FOUND' });
    await lab.redis.hset(lab.keys.meta(channelUUID), 'blockedByA', '1', 'blockedByB', '1');
    expect(await refusal(UUID, react('x'), bob.UUID)).toMatchObject({ name: 'BLOCKED' });
    await lab.redis.hdel(lab.keys.meta(channelUUID), 'blockedByA', 'blockedByB');
    await change(UUID, deletion);
    for (const what of [edit('x'), react('x')])
      expect(await refusal(UUID, what, bob.UUID)).toMatchObject({
        name: 'MESSAGE_NOT_FOUND',
      });
    await lab.redis.hdel(lab.keys.meta(channelUUID), 'blockedByA', 'blockedByB');
    await expect(post('x', { replyTo: UUID })).rejects.toMatchObject({ name: 'MESSAGE_NOT_FOUND' });
  });

  it('in a group are refused by role, to who is mute, and when it is archived', async () => {
    const { ada, bob, channelUUID, post, change } = setUp();
    const posted = [await post('one'), await post('two'), await post('three')];
    const [meta, members] = [lab.keys.meta(channelUUID), lab.keys.members(channelUUID)];
    await lab.redis.hset(meta, { kind: 'group', private: '0', archived: '0' });
    const name = async (what: WhatToChange, by: string, UUID = posted[0]!.UUID) =>
      change(UUID, what, { by }).then(
        ({ isNew }) => isNew,
        (error: Error) => error.name,
      );
    expect(await name(react('x'), bob.UUID)).toBe('FORBIDDEN');
    await lab.redis.hset(meta, 'private', '1');
    expect(await name(react('x'), bob.UUID)).toBe('CHANNEL_NOT_FOUND');
    for (const role of ['member', 'moderator', 'owner'] as const) {
      await lab.redis.hset(members, { [ada.UUID]: 'member 1 0', [bob.UUID]: `${role} 2 0` });
      expect(await name(react(role), bob.UUID)).toBe(true);
      expect(await name(edit('x'), bob.UUID)).toBe('FORBIDDEN');
      const mayDelete = (RIGHTS.deleteOthers.roles as readonly string[]).includes(role);
      const { UUID } = posted[role === 'owner' ? 1 : 2]!;
      expect(await name(deletion, bob.UUID, UUID)).toBe(mayDelete ? true : 'FORBIDDEN');
    }
    expect(await lab.redis.xlen(meta.replace(/meta$/, 'audit'))).toBe(2);
    await lab.redis.hset(members, ada.UUID, `member 1 ${Date.now() + 60_000}`);
    expect(await name(react('x'), ada.UUID)).toBe(RIGHTS.react.whileMuted ? true : 'FORBIDDEN');
    expect(await name(edit('x'), ada.UUID)).toBe(RIGHTS.editOwn.whileMuted ? true : 'FORBIDDEN');
    await lab.redis.hset(members, ada.UUID, 'member 1 0');
    await lab.redis.hset(meta, 'archived', '1');
    expect(await name(react('x'), ada.UUID)).toBe(RIGHTS.react.whileArchived ? true : 'FORBIDDEN');
    expect(await name(edit('x'), ada.UUID)).toBe(RIGHTS.editOwn.whileArchived ? true : 'FORBIDDEN');
    expect(await name(deletion, ada.UUID)).toBe(RIGHTS.deleteOwn.whileArchived ? true : 'FORBIDDEN');
  });

  it('have 20 kinds of reactions to a message at most', async () => {
    const { post, change, history } = setUp();
    const { UUID } = await post('text');
    for (let n = 0; n < LIMITS.reactionKinds; n += 1) await change(UUID, react(`${n}`));
    await expect(change(UUID, react('more'))).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
    await change(UUID, react('7', true));
    await change(UUID, react('more'));
    const { reactions } = (await history())[0]!;
    expect(reactions!.map(({ reaction }) => reaction)).toEqual([
      ...Array.from({ length: LIMITS.reactionKinds }, (_, n) => `${n}`).filter((each) => each !== '7'),
      'more',
    ]);
  });

  it('that are late change nothing', async () => {
    const { post, change, history } = setUp();
    const { UUID } = await post('text');
    for (const what of [edit('x'), deletion, react('x')])
      await expect(change(UUID, what, { deadline: 1 })).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect((await history())[0]).toMatchObject({ Message: 'text' });
  });

  it('have one outcome when many are made at once', async () => {
    const { post, change, history, resume } = setUp();
    const { UUID } = await post('text');
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 20 }, (_, n) => change(UUID, edit(`edit ${n}`))),
      change(UUID, deletion),
      ...Array.from({ length: 20 }, (_, n) => change(UUID, edit(`late ${n}`))),
    ]);
    expect((await history())[0]).toMatchObject({ Message: '', deletedAt: expect.any(String) });
    const entries = (await resume()).map(typeOf).filter((type) => type !== 'channelMessage');
    expect(entries).toHaveLength(outcomes.filter(({ status }) => status === 'fulfilled').length);
    expect(entries.at(-1)).toBe('messageDelete');
  });

  it('forget what is no longer kept', async () => {
    const { post, change, channelUUID } = setUp({ messages: 100 });
    const posted = [];
    for (let n = 0; n < 30; n += 1) posted.push(await post(`text ${n} ${'x'.repeat(300)}`));
    await change(posted[3]!.UUID, react('x'));
    await change(posted[9]!.UUID, deletion);
    for (let n = 0; n < 400; n += 1) posted.push(await post(`text ${n} ${'x'.repeat(300)}`));
    for (let n = 0; n < 12; n += 1) await change(posted.at(-1 - n)!.UUID, react('x'));
    expect(await lab.redis.zcard(lab.keys.gone(channelUUID))).toBe(0);
    expect(await lab.redis.zcard(lab.keys.changed(channelUUID))).toBe(12);
    expect(await lab.redis.exists(lab.keys.messageState(channelUUID, 4))).toBe(0);
  });

  it('are given to be published, also when they are made already', async () => {
    const { channelUUID, ada, post } = setUp();
    const { UUID } = await post('text');
    const returned: [string, number][] = [];
    const appender = {
      publish: RETURN as typeof RETURN,
      isCluster: false,
      append: async (script: Script, keys: readonly string[], args: readonly (string | number)[]) => {
        const [outcome, frames] = (await script.run(lab.redis, keys, args)) as [unknown, string[]];
        returned.push([JSON.stringify(frames), frames.length]);
        return outcome;
      },
    };
    const changes = lab.changes({}, undefined, appender as never);
    const change = (what: WhatToChange) =>
      changes.change({ channelUUID, user: ada.UUID, UUID, what, key: randomUUID(), ...NEVER_LATE });
    await change(edit('new text'));
    await change(edit('new text'));
    expect(returned.map(([, count]) => count)).toEqual([2, 2]);
    for (const [frames] of returned) expect(frames).toContain('new text');
  });
});
