import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { LIMITS } from '@parley/protocol';
import { section } from '../../check.js';
import { assertMatches, TIME } from '../../matching.js';
import type { Frame, Peer } from '../../peer.js';
import type { Member, World } from '../../world.js';
import { post, requestById, requestFor, subscribe, twoUsers } from '../conversation.js';
import { errorNamed, joinFrame, saying } from '../expectations.js';

/** A private channel with one message of the first user, which both have subscribed to. */
export async function withMessage(world: World, text = 'text') {
  const [author, other] = await twoUsers(world);
  const { channelUUID } = await subscribe(author.peer, other.userUUID);
  await subscribe(other.peer, author.userUUID);
  const [ack] = await post(author.peer, other.userUUID, [text]);
  for (const { peer } of [author, other]) await peer.next(saying(text), 'the message');
  const [UUID, Seq]: [string, number] = [ack!['UUID'], ack!['Seq']];
  const change = (type: string, more: object = {}): Frame =>
    requestById(type, channelUUID, { UUID, ...more });
  return { author, other, channelUUID, UUID, Seq, change };
}

/** The newest page of a private channel, as one of its users sees it. */
export async function pageOf(peer: Peer, recipientUUID: string, limit = 100): Promise<Frame[]> {
  const answer = await peer.ask(requestFor('channelMessages', recipientUUID, { limit }));
  assert.equal(answer.type, 'channelMessages', JSON.stringify(answer));
  return answer['channelMessages'].messages;
}

/** A frame of that type about a message that an entry with that Seq tells of. */
export const told = (type: string, UUID: string, seq: number) => (frame: Frame) =>
  frame.type === type && frame.id === undefined && frame[type].UUID === UUID && frame[type].Seq === seq;

/** Asks for a change, and waits until both users are told of it with the same frame as the one who asked. */
async function changed(peers: readonly Peer[], asking: Peer, request: Frame): Promise<Frame> {
  const { id: _, ...answer } = await asking.ask(request);
  const { type } = request;
  assert.equal(answer['type'], type, JSON.stringify(answer));
  const payload = answer[type];
  for (const peer of peers)
    assert.deepEqual(await peer.next(told(type, payload.UUID, payload.Seq), `the ${type}`), answer);
  return payload;
}

const both = (one: Member, other: Member): Peer[] => [one.peer, other.peer];

/** Protocol, section 3: `messageEdit`. */
export const edits = section('3.30', 'messageEdit', {
  'gives a message another text: those who subscribed are told, and it keeps its UUID and Seq': async (
    world,
  ) => {
    const { author, other, channelUUID, UUID, Seq, change } = await withMessage(world);
    const request = change('messageEdit', { message: 'another "\\ ü😀' });
    const frame = await changed(both(author, other), author.peer, request);
    const common = { channelUUID, UUID, messageSeq: Seq, Seq: Seq + 1, userUUID: author.userUUID, at: TIME };
    assertMatches({ ...common, Message: 'another "\\ ü😀' }, frame);
    const [message, ...rest] = await pageOf(other.peer, author.userUUID);
    assert.deepEqual(rest, []);
    assertMatches({ UUID, Seq, Message: 'another "\\ ü😀', editedAt: frame['at'] }, message);
    const { channelJoin } = await author.peer.ask(joinFrame(other.userUUID));
    assertMatches({ messages: [{ UUID, Message: 'another "\\ ü😀' }], seq: Seq + 1 }, channelJoin);
  },
  'counts no message, and the next message follows in the order of Seq': async (world) => {
    const { author, other, change } = await withMessage(world);
    await author.peer.ask(change('messageEdit', { message: 'another' }));
    const [ack] = await post(author.peer, other.userUUID, ['next']);
    assert.equal(ack!['Seq'], 3);
    const page = await other.peer.ask(requestFor('channelMessages', author.userUUID));
    assert.equal(page['channelMessages'].messagesTotal, 2);
  },
  'of the text that it has is none': async (world) => {
    const { author, other, Seq, change } = await withMessage(world);
    const first = await author.peer.ask(change('messageEdit', { message: 'text' }));
    assert.equal(first['messageEdit'].Seq, 0);
    const edited = await author.peer.ask(change('messageEdit', { message: 'new' }));
    const again = await author.peer.ask(change('messageEdit', { message: 'new' }));
    assert.deepEqual(again['messageEdit'], edited['messageEdit']);
    const [ack] = await post(author.peer, other.userUUID, ['next']);
    assert.equal(ack!['Seq'], Seq + 2);
  },
  'is for the author alone': async (world) => {
    const { author, other, change } = await withMessage(world);
    const stranger = await world.join();
    const request = change('messageEdit', { message: 'mine' });
    for (const { peer } of [other, stranger]) await errorNamed('FORBIDDEN', peer, request);
    assertMatches([{ Message: 'text' }], await pageOf(author.peer, other.userUUID));
  },
  'names a message of that channel, with a text of 1 to 4,000 characters': async (world) => {
    const { author, other, UUID, change } = await withMessage(world);
    const { peer } = author;
    const edit = (more: object) => change('messageEdit', { message: 'x', ...more });
    await errorNamed('MESSAGE_NOT_FOUND', peer, edit({ UUID: randomUUID() }));
    await errorNamed('MESSAGE_NOT_FOUND', peer, requestFor('messageEdit', undefined, { UUID, message: 'x' }));
    await errorNamed('INVALID_FIELD', peer, edit({ UUID: 'x' }));
    await errorNamed('INVALID_FIELD', peer, edit({ message: '' }));
    const tooLong = 'x'.repeat(LIMITS.messageCharacters + 1);
    await errorNamed('MESSAGE_TOO_LONG', peer, edit({ message: tooLong }));
    assertMatches([{ Message: 'text' }], await pageOf(peer, other.userUUID));
  },
});

/** Protocol, section 3: `messageDelete`. */
export const deletions = section('3.31', 'messageDelete', {
  'leaves a tombstone in the place of a message, and is told to those who subscribed': async (world) => {
    const { author, other, channelUUID, UUID, Seq, change } = await withMessage(world);
    await post(other.peer, author.userUUID, ['beside it']);
    await author.peer.ask(change('messageEdit', { message: 'another' }));
    await other.peer.ask(change('reaction', { reaction: '+1' }));
    const frame = await changed(both(author, other), author.peer, change('messageDelete'));
    assertMatches({ channelUUID, UUID, messageSeq: Seq, userUUID: author.userUUID, at: TIME }, frame);
    const [tombstone, beside] = await pageOf(other.peer, author.userUUID);
    assertMatches({ UUID, Seq, Message: '', deletedAt: frame['at'] }, tombstone);
    for (const field of ['editedAt', 'reactions']) assert.equal(field in tombstone!, false, field);
    assertMatches({ Message: 'beside it', Seq: Seq + 1 }, beside);
    assert.doesNotMatch(JSON.stringify(await author.peer.ask(joinFrame(other.userUUID))), /another|"text"/);
  },
  'is made once, and the message is not found any more': async (world) => {
    const { author, other, change } = await withMessage(world);
    const first = await author.peer.ask(change('messageDelete'));
    const again = await author.peer.ask(change('messageDelete'));
    assertMatches({ Seq: 0, at: first['messageDelete'].at }, again['messageDelete']);
    await errorNamed('MESSAGE_NOT_FOUND', author.peer, change('messageEdit', { message: 'x' }));
    await errorNamed('MESSAGE_NOT_FOUND', other.peer, change('reaction', { reaction: 'x' }));
    const answering = requestFor('channelMessage', other.userUUID, {
      message: 'x',
      replyTo: change('x')['x'].UUID,
    });
    await errorNamed('MESSAGE_NOT_FOUND', author.peer, answering);
  },
  'is for the author, where nobody is a moderator': async (world) => {
    const { author, other, change } = await withMessage(world);
    const stranger = await world.join();
    for (const { peer } of [other, stranger]) await errorNamed('FORBIDDEN', peer, change('messageDelete'));
    assertMatches([{ Message: 'text' }], await pageOf(author.peer, other.userUUID));
  },
  'and edits at the same time have one outcome: the message is gone': async (world) => {
    const { author, other, UUID, change } = await withMessage(world);
    const again = await world.signInByPair(author, { url: world.otherUrl });
    const edits = ['a', 'b', 'c', 'd'].map((message) => change('messageEdit', { message }));
    const answers = await Promise.all([
      ...edits.map((request) => author.peer.ask(request)),
      again.peer.ask(change('messageDelete')),
    ]);
    for (const { type, error } of answers)
      assert.ok(type !== 'error' || error.name === 'MESSAGE_NOT_FOUND', JSON.stringify(error));
    const { Seq } = answers.at(-1)!['messageDelete'];
    await other.peer.next(told('messageDelete', UUID, Seq), 'the deletion');
    const page = await pageOf(other.peer, author.userUUID);
    assertMatches([{ Message: '', deletedAt: TIME }], page);
    await other.peer.fence();
    const last = other.peer.frames.findLast(({ type }) => type.startsWith('message'));
    assert.equal(last!.type, 'messageDelete');
  },
});

/** Protocol, section 3: `reaction`. */
export const reactions = section('3.32', 'reaction', {
  'is counted by kind, each once per user, and says which are the reader’s own': async (world) => {
    const { author, other, channelUUID, UUID, Seq, change } = await withMessage(world);
    const peers = both(author, other);
    const first = await changed(peers, other.peer, change('reaction', { reaction: '👍' }));
    const about = { channelUUID, UUID, messageSeq: Seq, userUUID: other.userUUID, at: TIME };
    assertMatches({ ...about, Seq: Seq + 1, reaction: '👍', remove: false, count: 1 }, first);
    const again = await other.peer.ask(change('reaction', { reaction: '👍' }));
    assert.deepEqual(again['reaction'], first);
    const second = await changed(peers, author.peer, change('reaction', { reaction: '👍' }));
    assert.equal(second['count'], 2);
    await changed(peers, author.peer, change('reaction', { reaction: 'a "\\ b' }));
    const [shown] = await pageOf(other.peer, author.userUUID);
    assert.deepEqual(shown!['reactions'], [
      { reaction: '👍', count: 2, mine: true },
      { reaction: 'a "\\ b', count: 1, mine: false },
    ]);
    const gone = await changed(peers, author.peer, change('reaction', { reaction: 'a "\\ b', remove: true }));
    assertMatches({ remove: true, count: 0 }, gone);
    const none = await author.peer.ask(change('reaction', { reaction: 'a "\\ b', remove: true }));
    assertMatches({ Seq: 0, remove: true, count: 0 }, none['reaction']);
    const [after] = await pageOf(author.peer, other.userUUID);
    assert.deepEqual(after!['reactions'], [{ reaction: '👍', count: 2, mine: true }]);
  },
  'has 1 to 32 characters, and a message has 20 kinds at most': async (world) => {
    const { author, change } = await withMessage(world);
    const { peer } = author;
    const react = (reaction: unknown) => change('reaction', { reaction });
    for (const reaction of ['', 'x'.repeat(LIMITS.reactionCharacters + 1), 7, undefined])
      await errorNamed('INVALID_FIELD', peer, react(reaction));
    await peer.ask(react('😀'.repeat(LIMITS.reactionCharacters)));
    for (let kind = 1; kind < LIMITS.reactionKinds; kind += 1) await peer.ask(react(`${kind}`));
    await errorNamed('LIMIT_REACHED', peer, react('one more'));
    await peer.ask(change('reaction', { reaction: '1', remove: true }));
    assert.equal((await peer.ask(react('one more'))).type, 'reaction');
  },
  'is for those who may read the channel': async (world) => {
    const { change } = await withMessage(world);
    const stranger = await world.join();
    await errorNamed('FORBIDDEN', stranger.peer, change('reaction', { reaction: 'x' }));
  },
  'of many users at once is counted once for each': async (world) => {
    const [author, ...others] = await world.joinMany(6);
    const text = randomUUID();
    await subscribe(author!.peer);
    const [ack] = await post(author!.peer, undefined, [text]);
    const UUID: string = ack!['UUID'];
    const kinds = ['a', 'b', 'c', 'd'];
    const react = (reaction: string) => requestFor('reaction', undefined, { UUID, reaction });
    await Promise.all(others.flatMap(({ peer }) => kinds.map((kind) => peer.ask(react(kind)))));
    const page = await author!.peer.ask(requestFor('channelMessages', undefined, { limit: 100 }));
    const shown = page['channelMessages'].messages.find((message: Frame) => message['UUID'] === UUID);
    const counts = shown.reactions.map(({ reaction, count }: Frame) => `${reaction}${count}`);
    assert.deepEqual(counts.sort(), ['a5', 'b5', 'c5', 'd5']);
  },
});
