import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { LIMITS } from '@parley/protocol';
import { section } from '../../check.js';
import { assertMatches } from '../../matching.js';
import type { Frame } from '../../peer.js';
import { inEpochOf, post, requestFor, resume, subscribe, twoUsers } from '../conversation.js';
import { errorNamed, joinFrame, saying } from '../expectations.js';
import { pageOf, withMessage } from './changes.js';

const CHANGES = ['messageEdit', 'messageDelete', 'reaction'];
const isOfLog = (frame: Frame) =>
  frame.id === undefined && (frame.type === 'channelMessage' || CHANGES.includes(frame.type));

/** Protocol, section 3: `channelMessage.replyTo` and mentions. */
export const repliesAndMentions = section('3.33', 'replyTo and mentions', {
  'quote the message as it is when the answer is read': async (world) => {
    const long = `${'ä'.repeat(LIMITS.excerptCharacters - 1)}"end`;
    const { author, other, UUID, Seq, change } = await withMessage(world, long);
    const request = requestFor('channelMessage', author.userUUID, { message: 'an answer', replyTo: UUID });
    assert.equal((await other.peer.ask(request)).type, 'ack');
    const reply = { UUID, Seq, SenderUUID: author.userUUID, Username: author.username };
    const excerpt = [...long].slice(0, LIMITS.excerptCharacters).join('');
    for (const { peer } of [author, other]) {
      const { channelMessage } = await peer.next(saying('an answer'), 'the answer');
      assert.deepEqual(channelMessage.replyTo, { ...reply, excerpt });
    }
    const shown = async () => (await pageOf(author.peer, other.userUUID)).at(-1)!['replyTo'];
    assert.deepEqual(await shown(), { ...reply, excerpt });
    await author.peer.ask(change('messageEdit', { message: 'another' }));
    assert.deepEqual(await shown(), { ...reply, excerpt: 'another' });
    await author.peer.ask(change('messageDelete'));
    assert.deepEqual(await shown(), reply);
  },
  'to what is not in that channel is MESSAGE_NOT_FOUND': async (world) => {
    const { author, other, UUID } = await withMessage(world);
    const answering = (recipientUUID: string | undefined, replyTo: string) =>
      requestFor('channelMessage', recipientUUID, { message: 'x', replyTo });
    await errorNamed('MESSAGE_NOT_FOUND', author.peer, answering(other.userUUID, randomUUID()));
    await errorNamed('MESSAGE_NOT_FOUND', author.peer, answering(undefined, UUID));
    await errorNamed('INVALID_FIELD', author.peer, answering(other.userUUID, 'x'));
  },
  'name the members that a text mentions, also after an edit': async (world) => {
    const { author, other, change } = await withMessage(world);
    const stranger = await world.join();
    const mention = { userUUID: other.userUUID, username: other.username };
    const text = `@${other.username.toUpperCase()}, @${stranger.username} and a@${other.username}`;
    await author.peer.ask(requestFor('channelMessage', other.userUUID, { message: text }));
    const { channelMessage } = await other.peer.next(saying(text), 'the message');
    assert.deepEqual(channelMessage.mentions, [mention]);
    await author.peer.ask(change('messageEdit', { message: `and @${other.username}!` }));
    const [edited, plain] = await pageOf(other.peer, author.userUUID);
    assert.deepEqual([edited!['mentions'], plain!['mentions']], [[mention], [mention]]);
    await author.peer.ask(change('messageEdit', { message: 'nobody' }));
    const [again] = await pageOf(other.peer, author.userUUID);
    assert.equal('mentions' in again!, false);
  },
  'in the general channel name any user': async (world) => {
    const [one, two] = await twoUsers(world);
    await subscribe(one.peer);
    const message = `${randomUUID()} @${two.username}`;
    await one.peer.ask(requestFor('channelMessage', undefined, { message }));
    const { channelMessage } = await one.peer.next(saying(message), 'the message');
    assertMatches({ mentions: [{ userUUID: two.userUUID, username: two.username }] }, channelMessage);
  },
});

/** Protocol, section 3: changes are entries of the log. */
export const followedChanges = section('3.34', 'Changes in a followed log', {
  'reach who resumes on another replica, once and in order, and agree with the history': async (world) => {
    const { author, other, channelUUID, UUID, Seq, change } = await withMessage(world);
    const place = inEpochOf(other.peer, { channelUUID, epoch: 'none', seq: Seq });
    await other.peer.close();
    await author.peer.ask(change('reaction', { reaction: 'x' }));
    await author.peer.ask(change('messageEdit', { message: 'second' }));
    await post(author.peer, other.userUUID, ['between']);
    await author.peer.ask(change('messageEdit', { message: 'third' }));
    const back = await world.connect({ url: world.url });
    const { channels } = await resume(back, other, [place]);
    assertMatches([{ channelUUID, seq: Seq + 4, recovered: true }], channels);
    await author.peer.ask(change('messageDelete'));
    await back.next('messageDelete');
    const frames = back.frames.filter(isOfLog);
    const told = frames.map((frame) => `${frame[frame.type].Seq - Seq} ${frame.type}`);
    assert.deepEqual(told, [
      ...['1 reaction', '2 messageEdit', '3 channelMessage', '4 messageEdit', '5 messageDelete'],
    ]);
    // Past two edits, each tells the newest text.
    for (const { messageEdit } of frames.filter(({ type }) => type === 'messageEdit'))
      assert.equal(messageEdit.Message, 'third');
    const again = await world.connect({ url: world.otherUrl });
    await resume(again, other, [place]);
    await again.next('messageDelete');
    for (const { messageEdit } of again.frames.filter(({ type }) => type === 'messageEdit'))
      assert.equal('Message' in messageEdit, false);
    assertMatches({ UUID, Message: '' }, (await pageOf(again, author.userUUID))[0]);
  },
  'do not reach the demo’s client, whose joins show the result': async (world) => {
    const [old, modern] = await twoUsers(world);
    old.peer.send(joinFrame(modern.userUUID));
    await old.peer.next('channelJoin');
    const [first, second] = await post(modern.peer, old.userUUID, ['first', 'second']);
    const change = (type: string, UUID: unknown, more: object = {}) =>
      modern.peer.ask(requestFor(type, old.userUUID, { UUID, ...more }));
    await change('messageEdit', first!['UUID'], { message: 'edited' });
    await change('reaction', first!['UUID'], { reaction: 'x' });
    await change('messageDelete', second!['UUID']);
    await post(modern.peer, old.userUUID, ['third']);
    await old.peer.next(saying('third'), 'the next message');
    await world.curtain(old);
    assert.deepEqual(
      old.peer.frames.filter(({ type }) => CHANGES.includes(type)),
      [],
    );
    old.peer.send(joinFrame(modern.userUUID, { order: 'asc' }));
    const { channelJoin } = await old.peer.next(
      ({ channelJoin: join }) => join?.messages.length === 3,
      'the next join',
    );
    const texts = channelJoin.messages.map(({ Message: text }: Frame) => text);
    assert.deepEqual(texts, ['edited', '', 'third']);
  },
});
