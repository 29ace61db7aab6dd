import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Check } from '../../check.js';
import { arrival, messagesTo, post, resume, seqsTo, subscribe } from '../conversation.js';
import { interrupted, resumeOne, seqsBefore } from './interruption.js';

/** Checks of `resume` when it cannot bring what was missed. */
export const unrecovered: Readonly<Record<string, Check['run']>> = {
  'is not recovered, and brings nothing old, when the `epoch` differs or `seq` is beyond the newest': async (
    world,
  ) => {
    const { reader, writer, place } = await interrupted(world);
    const { channelUUID, epoch } = place;
    const strange = [
      { channelUUID, epoch, seq: 4 },
      { ...place, epoch: randomUUID() },
      { ...place, epoch: '' },
      { ...place, epoch: `${epoch}x` },
      { channelUUID, epoch: 'none', seq: 0 },
      { channelUUID, epoch, seq: Number.MAX_SAFE_INTEGER },
    ];
    for (const [index, told] of strange.entries()) {
      const peer = await world.connect();
      const { before, channel } = await resumeOne(peer, reader, told);
      assert.deepEqual([told, before, channel], [told, [], { ...place, seq: 3 + index, recovered: false }]);
      await post(writer.peer, reader.userUUID, ['live']);
      await arrival(peer, channelUUID, 4 + index);
      assert.deepEqual(seqsTo(peer), [4 + index]);
      await peer.close();
    }
  },
  "answers the same for somebody else's channel as for one that does not exist": async (world) => {
    const { writer, reader, place } = await interrupted(world);
    const stranger = await world.join({ url: world.otherUrl });
    const unknown = { ...place, channelUUID: randomUUID() };
    const { channels } = await resume(stranger.peer, stranger, [place, unknown]);
    assert.deepEqual(channels, [
      { channelUUID: place.channelUUID, recovered: false },
      { channelUUID: unknown.channelUUID, recovered: false },
    ]);
    await post(writer.peer, reader.userUUID, ['secret']);
    await world.curtain(stranger);
    assert.deepEqual(messagesTo(stranger.peer), []);
  },
  'recovers the channels that it can even when it cannot recover others': async (world) => {
    const { reader, writer, place } = await interrupted(world);
    await post(writer.peer, reader.userUUID, ['missed']);
    const unknown = { ...place, channelUUID: randomUUID() };
    const own = await subscribe(writer.peer, writer.userUUID);
    const peer = await world.connect();
    const { channels } = await resume(peer, reader, [unknown, place, own]);
    assert.deepEqual(
      channels.map(({ recovered }: { recovered: boolean }) => recovered),
      [false, true, false],
    );
    assert.deepEqual(seqsBefore(peer), [4]);
  },
};
