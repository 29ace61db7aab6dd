import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import type { Frame, Peer } from '../../peer.js';
import type { Member, World } from '../../world.js';
import {
  numbered,
  post,
  requestById,
  requestFor,
  resumeFrame,
  subscribe,
  twoUsers,
} from '../conversation.js';
import { errorNamed, joinFrame } from '../expectations.js';

const readFrame = (seq: number, partner?: string): Frame => requestFor('channelRead', partner, { seq });

/** The answer to `channelRead`. */
async function read(peer: Peer, seq: number, partner?: string): Promise<Frame> {
  const { type, channelRead } = await peer.ask(readFrame(seq, partner));
  assert.equal(type, 'channelRead');
  return channelRead;
}

const isRead = ({ sys }: Frame) => sys?.type === 'channelRead';
const toldTo = ({ frames }: Peer) => frames.filter(isRead).map((frame) => frame['sys'].channelRead);

/** What a new subscription says of how far others have read: Seq by user. */
async function readsOf(peer: Peer, partner?: string): Promise<Record<string, number> | undefined> {
  const { subscribed } = await peer.ask(requestFor('subscribe', partner));
  return bySeq(subscribed.reads);
}

const bySeq = (reads: readonly Frame[] | undefined): Record<string, number> | undefined =>
  reads && Object.fromEntries(reads.map(({ userUUID, seq }) => [userUUID, seq]));

/** A writer whose channel with a reader, who is on another replica, has some messages. */
async function written(
  world: World,
  count: number,
): Promise<{ reader: Member; writer: Member; channelUUID: string }> {
  const [reader, writer] = await twoUsers(world);
  const [ack] = await post(writer.peer, reader.userUUID, numbered(count));
  return { reader, writer, channelUUID: ack!['ChannelUUID'] };
}

/** Protocol, section 3: `channelRead`. */
export const reads = section('3.14', 'channelRead', {
  'is answered with the position, which never goes back nor beyond the newest, and what is left': async (
    world,
  ) => {
    const { reader, writer, channelUUID } = await written(world, 5);
    for (const [asked, seq] of [
      [2, 2],
      [1, 2],
      [0, 2],
      [4, 4],
      [Number.MAX_SAFE_INTEGER, 5],
      [3, 5],
    ] as const) {
      const answer = await read(reader.peer, asked, writer.userUUID);
      assert.deepEqual(answer, { channelUUID, seq, unread: 5 - seq });
    }
    const byId = await reader.peer.ask(requestById('channelRead', channelUUID, { seq: 1 }));
    assert.deepEqual(byId['channelRead'], { channelUUID, seq: 5, unread: 0 });
  },
  'tells those who subscribed, or joined with an `id`, on any replica, when the position moves': async (
    world,
  ) => {
    const { reader, writer, channelUUID } = await written(world, 3);
    const joined = await world.signInByPair(writer, { url: world.url });
    await subscribe(writer.peer, reader.userUUID);
    await joined.peer.ask(joinFrame(reader.userUUID));
    for (const seq of [1, 1, 0, 3]) await read(reader.peer, seq, writer.userUUID);
    for (const { peer } of [writer, joined]) {
      await peer.next((frame) => isRead(frame) && frame['sys'].channelRead.seq === 3, 'the position');
      const ofReader = toldTo(peer).filter(({ userUUID }) => userUUID === reader.userUUID);
      assert.deepEqual(
        ofReader,
        [1, 3].map((seq) => ({ channelUUID, userUUID: reader.userUUID, seq })),
      );
    }
  },
  'does not tell a client that joined without an `id`, nor outsiders': async (world) => {
    const { reader, writer } = await written(world, 2);
    const outsider = await world.join();
    writer.peer.send(joinFrame(reader.userUUID));
    await writer.peer.next('channelJoin');
    await read(reader.peer, 2, writer.userUUID);
    await post(reader.peer, writer.userUUID, ['after it']);
    await writer.peer.next(({ channelMessage }) => channelMessage?.Message === 'after it', 'the message');
    await world.curtain(writer, outsider);
    for (const { peer } of [writer, outsider]) assert.deepEqual(toldTo(peer), []);
  },
  "is no entry of the log, and tells the user's other connections through the inbox": async (world) => {
    const { reader, writer, channelUUID } = await written(world, 4);
    const second = await world.signInByPair(reader, { url: world.otherUrl });
    const { inbox } = await second.peer.ask({ type: 'inbox' });
    assert.equal(inbox.unread, 4);
    for (const seq of [3, 3, 2]) await read(reader.peer, seq, writer.userUUID);
    const { inboxItem } = await second.peer.next('inboxItem');
    assert.deepEqual(inboxItem, { seq: 5, kind: 'read', channelUUID, readSeq: 3 });
    assert.equal((await second.peer.ask({ type: 'inbox' }))['inbox'].unread, 1);
    await world.curtain(second);
    assert.equal(
      second.peer.count(({ type }) => type === 'inboxItem'),
      1,
    );
    const [ack] = await post(writer.peer, reader.userUUID, ['next']);
    assert.equal(ack!['Seq'], 5);
  },
  'shows in `reads` of `subscribed` and of `resumed`': async (world) => {
    const { reader, writer, channelUUID } = await written(world, 3);
    assert.deepEqual(await readsOf(writer.peer, reader.userUUID), { [writer.userUUID]: 3 });
    await read(reader.peer, 2, writer.userUUID);
    const both = { [reader.userUUID]: 2, [writer.userUUID]: 3 };
    assert.deepEqual(await readsOf(writer.peer, reader.userUUID), both);
    const place = await subscribe(reader.peer, writer.userUUID);
    const peer = await world.connect({ url: world.otherUrl });
    const { resumed } = await peer.ask(resumeFrame(reader.accessKey, [place]));
    assert.equal(resumed.channels[0].channelUUID, channelUUID);
    assert.deepEqual(bySeq(resumed.channels[0].reads), both);
  },
  'follows from posting, joining and leaving, and from being joined': async (world) => {
    const { reader, writer } = await written(world, 2);
    const seen = async () => (await readsOf(writer.peer, reader.userUUID))?.[reader.userUUID];
    const unread = async () => (await read(reader.peer, 0, writer.userUUID))['unread'];
    assert.deepEqual([await seen(), await unread()], [undefined, 2]);
    await post(reader.peer, writer.userUUID, ['answer']);
    assert.deepEqual([await seen(), await unread()], [3, 0]);
    await post(writer.peer, reader.userUUID, ['one more']);
    assert.deepEqual([await seen(), await unread()], [3, 1]);
    await reader.peer.ask(joinFrame(writer.userUUID));
    assert.deepEqual([await seen(), await unread()], [4, 0]);
    await post(writer.peer, reader.userUUID, ['while joined']);
    assert.deepEqual([await seen(), await unread()], [5, 0]);
    await reader.peer.ask(requestFor('channelLeave', writer.userUUID));
    assert.deepEqual([await seen(), await unread()], [5, 0]);
    await post(writer.peer, reader.userUUID, ['after it']);
    assert.deepEqual([await seen(), await unread()], [5, 1]);
  },
  'tells nobody in the general channel, where everyone is a member, and keeps the position': async (
    world,
  ) => {
    const [reader, witness] = await twoUsers(world);
    assert.equal(await readsOf(witness.peer), undefined);
    const [ack] = await post(witness.peer, undefined, [randomUUID()]);
    const { channelUUID, seq } = await read(reader.peer, ack!['Seq']);
    assert.deepEqual([channelUUID, seq], [ack!['ChannelUUID'], ack!['Seq']]);
    assert.equal((await read(reader.peer, 0))['seq'], seq);
    await world.curtain(witness);
    assert.deepEqual(toldTo(witness.peer), []);
  },
  'is refused where the user may not read, and needs a `seq`': async (world) => {
    const { reader, channelUUID } = await written(world, 1);
    const { peer } = await world.join();
    await errorNamed('FORBIDDEN', peer, requestById('channelRead', channelUUID, { seq: 1 }));
    await errorNamed('CHANNEL_NOT_FOUND', peer, requestById('channelRead', randomUUID(), { seq: 1 }));
    await errorNamed('USER_NOT_FOUND', peer, readFrame(1, randomUUID()));
    await errorNamed('NOT_SIGNED_IN', await world.connect(), readFrame(1, reader.userUUID));
    for (const seq of [undefined, -1, 0.5, '1', null])
      await errorNamed('INVALID_FIELD', peer, requestFor('channelRead', reader.userUUID, { seq }));
  },
});
