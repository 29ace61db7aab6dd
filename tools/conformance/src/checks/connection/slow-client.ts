import assert from 'node:assert/strict';
import { CLOSE_CODES, LIMITS } from '@parley/protocol';
import { section } from '../../check.js';
import type { Peer } from '../../peer.js';
import type { World } from '../../world.js';
import { arrival, numbered, type Place, post, range, resume, seqsTo, subscribe } from '../conversation.js';

/**
 * What one user may store and send at once is bounded, so several users write, each in a private channel with the reader.
 * This many of the longest messages, 16 KB each, are 6.5 MB in all. That is more than a system buffers for a socket that is
 * not read (on Linux 4 MiB to send and some more to receive) plus what a server buffers (1 MiB).
 */
const [WRITERS, EACH] = [4, 100];
/** This many of each writer are together less than a server buffers for a client that reads. */
const FEW = 10;

const longest = (text: string): string => text + '😀'.repeat(LIMITS.messageCharacters - text.length);

/** A reader, and the writers with their channels to it. The writers are on another replica if there is one. */
async function conversations(world: World) {
  const reader = await world.join();
  const writers = await Promise.all(
    range(1, WRITERS).map(async () => {
      const writer = await world.join({ url: world.otherUrl });
      return { ...writer, place: await subscribe(reader.peer, writer.userUUID) };
    }),
  );
  return { reader, writers };
}

type Conversations = Awaited<ReturnType<typeof conversations>>;

/** Fills the channels, no faster than `witness`, who has subscribed to them, receives what is written. */
async function fill({ reader, writers }: Conversations, witness: Peer): Promise<void> {
  const texts = numbered(FEW).map(longest);
  for (let seq = FEW; seq <= EACH; seq += FEW) {
    await Promise.all(
      writers.map(async ({ peer, place }) => {
        await post(peer, reader.userUUID, texts);
        await arrival(witness, place.channelUUID, seq);
      }),
    );
  }
}

/** Protocol, section 4: a client that does not read what it is sent. */
export const slowClient = section('4.8', 'A slow client', {
  'is closed with 4008, and the others miss nothing': async (world) => {
    const all = await conversations(world);
    const { reader, writers } = all;
    const other = await world.signInByPair(reader);
    for (const { userUUID } of writers) await subscribe(other.peer, userUUID);
    reader.peer.socket.pause();
    await fill(all, other.peer);
    for (const { place } of writers) {
      assert.deepEqual(seqsTo(other.peer, place.channelUUID), range(1, EACH));
    }
    reader.peer.socket.resume();
    assert.equal(await reader.peer.closeCode(), CLOSE_CODES.TOO_SLOW);
    for (const { place } of writers) {
      const got = seqsTo(reader.peer, place.channelUUID);
      assert.deepEqual(got, range(1, got.length));
    }
  },
  'that is far behind catches up as slowly as it reads, while others write': async (world) => {
    const all = await conversations(world);
    const { reader, writers } = all;
    const places: Place[] = writers.map(({ place, userUUID }) => ({ ...place, recipientUUID: userUUID }));
    await fill(all, reader.peer);
    const peer = await world.connect({ url: world.otherUrl });
    const resumed = resume(peer, reader, places);
    peer.socket.pause();
    const readOn = async () => {
      const live = numbered(20, 'live');
      await Promise.all(
        writers.map(async (writer) => {
          for (const text of live) await post(writer.peer, reader.userUUID, [text]);
        }),
      );
      peer.socket.resume();
    };
    const [{ channels }] = await Promise.all([resumed, readOn()]);
    for (const { place } of writers) {
      const told = channels.find((channel: Place) => channel.channelUUID === place.channelUUID);
      assert.equal(told.recovered, true);
      await arrival(peer, place.channelUUID, EACH + 20);
      assert.deepEqual(seqsTo(peer, place.channelUUID), range(1, EACH + 20));
    }
  },
});
