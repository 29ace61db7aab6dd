import assert from 'node:assert/strict';
import type { Peer } from '../../peer.js';
import type { Member, World } from '../../world.js';
import {
  arrival,
  inEpochOf,
  messagesAmong,
  numbered,
  type Place,
  post,
  resume,
  subscribe,
  twoUsers,
} from '../conversation.js';

/** A reader who has the first three messages of a channel and has lost the connection, and the writer. */
export async function interrupted(world: World): Promise<{ reader: Member; writer: Member; place: Place }> {
  const [reader, writer] = await twoUsers(world);
  const { channelUUID, epoch } = await subscribe(reader.peer, writer.userUUID);
  await post(writer.peer, reader.userUUID, numbered(3, 'known'));
  await arrival(reader.peer, channelUUID, 3);
  await reader.peer.close();
  return { reader, writer, place: inEpochOf(reader.peer, { channelUUID, epoch, seq: 3 }) };
}

/** The Seq of each message that arrived before the last `resumed`. */
export const seqsBefore = ({ frames }: Peer, channelUUID?: string): number[] => {
  const answer = frames.findLastIndex(({ type }) => type === 'resumed');
  return messagesAmong(frames.slice(0, answer), channelUUID).map(({ Seq }) => Seq);
};

/** Resumes one channel. @returns what arrived before the answer, and the channel in the answer. */
export async function resumeOne(peer: Peer, reader: Member, place: Place) {
  const { channels } = await resume(peer, reader, [place]);
  assert.equal(channels.length, 1);
  return { before: seqsBefore(peer), channel: channels[0] };
}
