import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import { assertMatches, TEXT } from '../../matching.js';
import type { Peer } from '../../peer.js';
import {
  arrival,
  inEpochOf,
  messagesTo,
  numbered,
  type Place,
  post,
  range,
  requestById,
  resume,
  resumeFrame,
  seqsTo,
  subscribe,
  twoUsers,
} from '../conversation.js';
import { joinFrame, joinOf, saying } from '../expectations.js';
import { interrupted, resumeOne, seqsBefore } from './interruption.js';
import { unrecovered } from './resume-unrecovered.js';

/** More than two pages of a log, whichever limit a page reaches: 100 frames or 256 KiB. */
const FAR_BEHIND = 210;

/** Protocol, section 3: what `resume` brings. */
export const resumedChannels = section('3.9', 'resume: the channels', {
  'brings what was missed, in order, before `resumed`, and continues live': async (world) => {
    const { reader, writer, place } = await interrupted(world);
    await post(writer.peer, reader.userUUID, numbered(20, 'missed'));
    const peer = await world.connect({ url: world.otherUrl });
    const { before, channel } = await resumeOne(peer, reader, place);
    assert.deepEqual(before, range(4, 23));
    assert.deepEqual(channel, { ...place, seq: 23, recovered: true });
    await post(writer.peer, reader.userUUID, ['live']);
    await arrival(peer, place.channelUUID, 24);
    await world.curtain({ ...reader, peer });
    assert.deepEqual(seqsTo(peer), range(4, 24));
  },
  'brings frames as they were first delivered, without the `id` of the request': async (world) => {
    const [reader, writer] = await twoUsers(world);
    const head = await subscribe(reader.peer, writer.userUUID);
    await post(writer.peer, reader.userUUID, numbered(5));
    await arrival(reader.peer, head.channelUUID, 5);
    const peer = await world.connect();
    await resume(peer, reader, [head]);
    const framesTo = ({ frames }: Peer) => frames.filter(({ type }) => type === 'channelMessage');
    assert.deepEqual(framesTo(peer), framesTo(reader.peer));
  },
  'brings nothing where nothing was missed': async (world) => {
    const { reader, place } = await interrupted(world);
    const { before, channel } = await resumeOne(await world.connect(), reader, place);
    assert.deepEqual([before, channel], [[], { ...place, recovered: true }]);
  },
  'brings everything after Seq 0, however far behind the client is': async (world) => {
    const [reader, writer] = await twoUsers(world);
    const { channelUUID, epoch } = await subscribe(reader.peer, writer.userUUID);
    const padding = 'x'.repeat(3_000);
    const texts = numbered(FAR_BEHIND).map((text) => `${text} ${padding}`);
    await post(writer.peer, reader.userUUID, texts);
    const peer = await world.connect({ url: world.otherUrl });
    const { before, channel } = await resumeOne(peer, reader, { channelUUID, epoch, seq: 0 });
    assert.deepEqual(before, range(1, FAR_BEHIND));
    assert.deepEqual([channel.seq, channel.recovered], [FAR_BEHIND, true]);
    assert.deepEqual(
      messagesTo(peer).map(({ Message: text }) => text),
      texts,
    );
  },
  'brings each message once, in order, to a client that loses its connection again and again': async (
    world,
  ) => {
    const [reader, writer] = await twoUsers(world);
    const recipientUUID = writer.userUUID;
    let place: Place = { ...(await subscribe(reader.peer, recipientUUID)), recipientUUID };
    const { channelUUID } = place;
    await reader.peer.close();
    const count = 100;
    const write = async () => {
      for (const text of numbered(count)) await post(writer.peer, reader.userUUID, [text]);
    };
    const seqs: number[] = [];
    const readOn = async (url: string) => {
      const peer = await world.connect({ url });
      const { channel } = await resumeOne(peer, reader, { ...place, seq: seqs.length });
      const resumed = peer.frames.findIndex(({ type }) => type === 'resumed');
      const last = Math.min(channel.seq + 1, count);
      if (last > seqs.length + seqsTo(peer).length) await arrival(peer, channelUUID, last);
      peer.socket.terminate();
      await peer.closed;
      const late = peer.frames.slice(resumed).flatMap(({ channelMessage }) => channelMessage?.Seq ?? []);
      assert.ok(late.every((seq) => seq > channel.seq) && channel.recovered);
      seqs.push(...seqsTo(peer));
      place = inEpochOf(peer, { ...place, epoch: channel.epoch });
    };
    const read = async () => {
      for (let round = 0; seqs.length < count; round += 1)
        await readOn(round % 2 ? world.url : world.otherUrl);
    };
    await Promise.all([read(), write()]);
    assert.deepEqual(seqs, range(1, count));
  },
  'brings many channels at once, each in order': async (world) => {
    const reader = await world.join();
    const writers = await world.joinMany(12);
    const heads = await Promise.all(writers.map(({ userUUID }) => subscribe(reader.peer, userUUID)));
    await reader.peer.close();
    await Promise.all(writers.map(({ peer }) => post(peer, reader.userUUID, numbered(15))));
    const peer = await world.connect({ url: world.otherUrl });
    const { channels } = await resume(peer, reader, heads);
    const expected = heads.map(({ channelUUID }) => ({ channelUUID, epoch: TEXT, seq: 15, recovered: true }));
    assertMatches(expected, channels);
    for (const { channelUUID } of channels) assert.deepEqual(seqsBefore(peer, channelUUID), range(1, 15));
  },
  ...unrecovered,
  'works twice on one connection, which still gets each later message once': async (world) => {
    const { reader, writer, place } = await interrupted(world);
    await post(writer.peer, reader.userUUID, ['missed']);
    const peer = await world.connect();
    await resumeOne(peer, reader, place);
    const again = await resume(peer, reader, [{ ...place, seq: 4 }]);
    assert.deepEqual(again.channels, [{ ...place, seq: 4, recovered: true }]);
    await post(writer.peer, reader.userUUID, ['live']);
    await world.curtain({ ...reader, peer });
    assert.deepEqual(seqsTo(peer), [4, 5]);
  },
  'holds the channels as `subscribe` does: silently, without duplicates beside a join, until `unsubscribe`':
    async (world) => {
      const { reader, writer, place } = await interrupted(world);
      const { channelUUID } = place;
      await writer.peer.ask(joinFrame(reader.userUUID));
      const peer = await world.connect();
      await resume(peer, reader, [place]);
      await world.curtain(writer);
      assert.equal(writer.peer.count(joinOf(peer)), 0);
      await peer.ask(joinFrame(writer.userUUID));
      await post(writer.peer, reader.userUUID, ['both']);
      await peer.ask({ type: 'channelLeave', channelLeave: { channelUUID } });
      await post(writer.peer, reader.userUUID, ['subscribed']);
      await peer.ask(requestById('unsubscribe', channelUUID));
      await post(writer.peer, reader.userUUID, ['neither']);
      await world.curtain({ ...reader, peer });
      assert.deepEqual(seqsTo(peer), [4, 5]);
    },
  'also brings the general channel': async (world) => {
    const [reader, writer] = await twoUsers(world);
    const place = await subscribe(reader.peer);
    await reader.peer.close();
    const [text, live] = [randomUUID(), randomUUID()];
    await post(writer.peer, undefined, [text]);
    const peer = await world.connect({ url: world.otherUrl });
    await peer.ask(resumeFrame(reader.accessKey, [place]));
    assert.ok(seqsBefore(peer).length > 0);
    await post(writer.peer, undefined, [live]);
    await peer.next(saying(live), 'the next message');
    const seqs = seqsTo(peer);
    assert.deepEqual(seqs, range(place.seq + 1, seqs.at(-1)!));
    assert.equal(peer.count(saying(text)), 1);
  },
  'tells of the epoch that has begun since, before the first message of it': async (world) => {
    const [reader, writer] = await twoUsers(world);
    const place = await subscribe(reader.peer, writer.userUUID);
    await reader.peer.close();
    await post(writer.peer, reader.userUUID, numbered(3));
    const peer = await world.connect({ url: world.otherUrl });
    const { before, channel } = await resumeOne(peer, reader, place);
    assert.deepEqual([before, channel.recovered], [[1, 2, 3], true]);
    assert.equal(inEpochOf(peer, place).epoch, channel.epoch);
    const told = peer.frames.findIndex(({ sys }) => sys?.type === 'channelEpoch');
    assert.ok(told < peer.frames.findIndex(({ type }) => type === 'channelMessage'));
  },
  'recovers a private channel that nobody has written to, by its partner': async (world) => {
    const [reader, writer] = await twoUsers(world);
    const { userUUID: recipientUUID } = writer;
    const place = { ...(await subscribe(reader.peer, recipientUUID)), recipientUUID };
    const peer = await world.connect({ url: world.otherUrl });
    const { before, channel } = await resumeOne(peer, reader, place);
    assert.deepEqual([before, channel.seq, channel.recovered], [[], 0, true]);
    await post(writer.peer, reader.userUUID, ['first']);
    await arrival(peer, place.channelUUID, 1);
    const stranger = await world.join();
    const strange = await resumeOne(stranger.peer, stranger, place);
    assert.deepEqual(strange.channel, { channelUUID: place.channelUUID, recovered: false });
  },
});
