import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { LIMITS, type Message } from '@parley/protocol';
import { section } from '../../check.js';
import { differences, TEXT, UUID } from '../../matching.js';
import type { Frame } from '../../peer.js';
import type { Member, World } from '../../world.js';
import { messagesTo, numbered, post, range, requestById, requestFor, twoUsers } from '../conversation.js';
import { errorNamed, joinFrame, joinOf } from '../expectations.js';

/** A page of a user's notes to themselves. */
async function pageOf({ peer, userUUID }: Member, options: object = {}): Promise<Frame> {
  const answer = await peer.ask(requestFor('channelMessages', userUUID, options));
  assert.equal(answer.type, 'channelMessages', JSON.stringify(answer));
  const page = answer['channelMessages'];
  assert.equal(page.messagesReceived, page.messages.length);
  return page;
}

const seqsIn = (page: Frame): number[] => page['messages'].map(({ Seq }: Message) => Seq);

/** A new user with `count` notes to themselves. */
async function withNotes(world: World, count: number): Promise<Member> {
  const member = await world.join();
  await post(member.peer, member.userUUID, numbered(count));
  return member;
}

/** Follows `hasMore` to the end. @returns the Seqs of each page. */
async function walk(
  member: Member,
  first: object,
  next: (seqs: readonly number[]) => object,
): Promise<number[][]> {
  const pages: number[][] = [];
  for (let options = first; ; options = next(pages.at(-1)!)) {
    const page = await pageOf(member, options);
    pages.push(seqsIn(page));
    if (!page['hasMore']) return pages;
    assert.ok(pages.at(-1)!.length > 0, 'an empty page says that there is more');
  }
}

/** Values that each field must refuse. */
const ODD = {
  limit: [0, LIMITS.messagesPerPage + 1, -1, 2.5, '10', null],
  before: [-1, 0.5, '1', null, 2 ** 60],
  after: [-1, 0.5, '1', null, 2 ** 60],
  offset: [-1, 0.5, '0', null, 2 ** 60],
};

/** Protocol, section 3: `channelMessages`. */
export const channelMessages = section('3.4', 'channelMessages', {
  'holds the newest 10 by default, oldest first, with the total count': async (world) => {
    const member = await withNotes(world, 12);
    const page = await pageOf(member);
    assert.deepEqual(seqsIn(page), range(3, 12));
    assert.deepEqual([page['messagesTotal'], page['messagesReceived'], page['hasMore']], [12, 10, true]);
    const { channelUUID } = (await member.peer.ask(joinFrame(member.userUUID))).channelJoin;
    assert.equal(page['channelUUID'], channelUUID);
  },
  'shows the messages as they were delivered': async (world) => {
    const member = await world.join();
    const { peer, userUUID } = member;
    await peer.ask(joinFrame(userUUID));
    await post(peer, userUUID, numbered(3));
    assert.deepEqual((await pageOf(member))['messages'], messagesTo(peer));
  },
  'of a channel in which nobody has written is empty': async (world) => {
    const page = await pageOf(await world.join());
    const { messagesTotal, messages, hasMore } = page;
    assert.deepEqual([messagesTotal, messages, hasMore], [0, [], false]);
  },
  'pages back with `before`, which is exclusive': async (world) => {
    const member = await withNotes(world, 25);
    const pages = await walk(member, {}, ([oldest]) => ({ before: oldest }));
    assert.deepEqual(pages, [range(16, 25), range(6, 15), range(1, 5)]);
  },
  'pages forward with `after`, which is exclusive': async (world) => {
    const member = await withNotes(world, 25);
    const pages = await walk(member, { after: 2, limit: 10 }, (seqs) => ({
      after: seqs.at(-1),
      limit: 10,
    }));
    assert.deepEqual(pages, [range(3, 12), range(13, 22), range(23, 25)]);
  },
  'says that there is no more when a page ends with the last message': async (world) => {
    const member = await withNotes(world, 6);
    const cases: [object, number[], boolean][] = [
      [{ limit: 6 }, range(1, 6), false],
      [{ limit: 5 }, range(2, 6), true],
      [{ before: 4, limit: 3 }, range(1, 3), false],
      [{ before: 5, limit: 3 }, range(2, 4), true],
      [{ after: 3, limit: 3 }, range(4, 6), false],
      [{ after: 2, limit: 3 }, range(3, 5), true],
    ];
    for (const [options, seqs, hasMore] of cases) {
      const page = await pageOf(member, options);
      assert.deepEqual([options, seqsIn(page), page['hasMore']], [options, seqs, hasMore]);
      assert.equal(page['messagesTotal'], 6);
    }
  },
  'with both `after` and `before` holds what lies between them': async (world) => {
    const member = await withNotes(world, 9);
    assert.deepEqual(seqsIn(await pageOf(member, { after: 3, before: 7 })), range(4, 6));
    assert.deepEqual(seqsIn(await pageOf(member, { after: 3, before: 4 })), []);
  },
  'is empty before the first message, after the last and beyond': async (world) => {
    const member = await withNotes(world, 3);
    for (const options of [{ before: 0 }, { before: 1 }, { after: 3 }, { after: 1_000 }, { offset: 3 }]) {
      const page = await pageOf(member, options);
      assert.deepEqual([options, seqsIn(page), page['hasMore']], [options, [], false]);
    }
    assert.deepEqual(seqsIn(await pageOf(member, { before: 1_000 })), range(1, 3));
    assert.deepEqual(seqsIn(await pageOf(member, { after: 0 })), range(1, 3));
  },
  'goes back from the newest with `offset` and `limit`': async (world) => {
    const member = await withNotes(world, 8);
    const cases: [object, number[], boolean][] = [
      [{ offset: 0, limit: 3 }, range(6, 8), true],
      [{ offset: 3, limit: 3 }, range(3, 5), true],
      [{ offset: 6, limit: 3 }, range(1, 2), false],
      [{ offset: 2 }, range(1, 6), false],
    ];
    for (const [options, seqs, hasMore] of cases) {
      const page = await pageOf(member, options);
      assert.deepEqual([options, seqsIn(page), page['hasMore']], [options, seqs, hasMore]);
    }
  },
  'holds up to 100 messages': async (world) => {
    const member = await withNotes(world, 101);
    const page = await pageOf(member, { limit: 100 });
    assert.deepEqual([seqsIn(page), page['hasMore']], [range(2, 101), true]);
  },
  'of long messages may hold fewer than asked for, and paging misses none': async (world) => {
    const member = await world.join();
    const long = numbered(30).map((text) => text + '😀'.repeat(LIMITS.messageCharacters - text.length));
    await post(member.peer, member.userUUID, long);
    const back = await walk(member, { limit: 100 }, ([oldest]) => ({ before: oldest, limit: 100 }));
    assert.deepEqual(back.reverse().flat(), range(1, 30));
    const on = await walk(member, { after: 0, limit: 100 }, (seqs) => ({ after: seqs.at(-1), limit: 100 }));
    assert.deepEqual(on.flat(), range(1, 30));
  },
  'refuses numbers out of bounds': async (world) => {
    const { peer } = await world.join();
    for (const [field, values] of Object.entries(ODD)) {
      for (const value of values) {
        const request = requestFor('channelMessages', '', { [field]: value });
        const { message } = await errorNamed('INVALID_FIELD', peer, request);
        assert.match(message, new RegExp(`channelMessages\\.${field}: expected`));
        await peer.fence();
      }
    }
  },
  'is open to those who may join, by its id or by the other user, on any replica': async (world) => {
    const [one, two] = await twoUsers(world);
    const channelUUID = (await post(one.peer, two.userUUID, ['hello']))[0]!['ChannelUUID'];
    for (const { peer } of [one, two]) {
      const { channelMessages: page } = await peer.ask(requestById('channelMessages', channelUUID));
      assert.deepEqual([page.channelUUID, seqsIn(page)], [channelUUID, [1]]);
    }
    const { channelMessages: page } = await two.peer.ask(requestFor('channelMessages', one.userUUID));
    assert.deepEqual(differences([{ UUID, Seq: 1, Message: 'hello', CreatedAt: TEXT }], page.messages), []);
    const stranger = await world.join();
    await errorNamed('FORBIDDEN', stranger.peer, requestById('channelMessages', channelUUID));
    await errorNamed('CHANNEL_NOT_FOUND', stranger.peer, requestById('channelMessages', randomUUID()));
    await errorNamed('USER_NOT_FOUND', stranger.peer, requestFor('channelMessages', randomUUID()));
    await errorNamed('NOT_SIGNED_IN', await world.connect(), requestFor('channelMessages'));
  },
  'does not join: nobody is told, and no live messages follow': async (world) => {
    const [witness, member] = await twoUsers(world);
    await witness.peer.ask(joinFrame());
    assert.equal((await member.peer.ask(requestFor('channelMessages'))).type, 'channelMessages');
    await post(witness.peer, undefined, [randomUUID()]);
    await world.curtain(witness, member);
    assert.equal(witness.peer.count(joinOf(member.peer)), 0);
    assert.deepEqual(messagesTo(member.peer), []);
  },
});
