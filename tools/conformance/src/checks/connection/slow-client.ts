import assert from 'node:assert/strict';
import { CLOSE_CODES, LIMITS } from '@parley/protocol';
import { section } from '../../check.js';
import type { Peer } from '../../peer.js';
import type { Member, World } from '../../world.js';
import {
  arrival,
  numbered,
  type Place,
  post,
  range,
  resume,
  seqsTo,
  subscribe,
  twoUsers,
} from '../conversation.js';

/**
 * This many of the longest messages, 16 KB each, are 6.5 MB. That is more than a system buffers for a socket that is
 * not read (on Linux 4 MiB to send and some more to receive) plus what a server buffers (1 MiB).
 */
const MANY = 400;
/** This many are less than a server buffers for a client that reads. */
const FEW = 40;

const longest = (text: string): string => text + '😀'.repeat(LIMITS.messageCharacters - text.length);

/**
 * Fills the private channel of two users, no faster than `witness` receives it, from several connections because each
 * may send only so fast.
 */
async function fill(world: World, writer: Member, reader: Member, witness: Peer): Promise<void> {
  const { channelUUID } = await subscribe(witness, writer.userUUID);
  const writers = [writer, await world.signInByPair(writer)];
  const texts = numbered(FEW / writers.length).map(longest);
  for (let seq = FEW; seq <= MANY; seq += FEW) {
    await Promise.all(writers.map(({ peer }) => post(peer, reader.userUUID, texts)));
    await arrival(witness, channelUUID, seq);
  }
}

/** Protocol, section 4: a client that does not read what it is sent. */
export const slowClient = section('4.8', 'A slow client', {
  'is closed with 4008, and the others miss nothing': async (world) => {
    const [reader, writer] = await twoUsers(world);
    const other = await world.signInByPair(reader);
    await subscribe(reader.peer, writer.userUUID);
    reader.peer.socket.pause();
    await fill(world, writer, reader, other.peer);
    assert.deepEqual(seqsTo(other.peer), range(1, MANY));
    reader.peer.socket.resume();
    assert.equal(await reader.peer.closeCode(), CLOSE_CODES.TOO_SLOW);
    const got = seqsTo(reader.peer);
    assert.deepEqual(got, range(1, got.length));
  },
  'that is far behind catches up as slowly as it reads, while others write': async (world) => {
    const [reader, writer] = await twoUsers(world);
    const place: Place = await subscribe(writer.peer, reader.userUUID);
    await fill(world, writer, reader, reader.peer);
    const peer = await world.connect({ url: world.otherUrl });
    const resumed = resume(peer, reader, [place]);
    peer.socket.pause();
    const readOn = async () => {
      for (const text of numbered(20, 'live')) await post(writer.peer, reader.userUUID, [text]);
      peer.socket.resume();
    };
    const [{ channels }] = await Promise.all([resumed, readOn()]);
    assert.equal(channels[0].recovered, true);
    await arrival(peer, place.channelUUID, MANY + 20);
    assert.deepEqual(seqsTo(peer), range(1, MANY + 20));
  },
});
