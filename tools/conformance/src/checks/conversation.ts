import assert from 'node:assert/strict';
import type { Message } from '@parley/protocol';
import type { Account, Frame, Peer } from '../peer.js';
import type { Member, World } from '../world.js';
import { sendFrame } from './expectations.js';

/** A request that names a channel by its recipient. Without one, the general channel. */
export const requestFor = (type: string, recipientUUID?: string, more: object = {}): Frame => ({
  type,
  [type]: { recipientUUID, ...more },
});

/** A request that names a channel by its id. */
export const requestById = (type: string, channelUUID: string, more: object = {}): Frame => ({
  type,
  [type]: { channelUUID, ...more },
});

/** The whole numbers from `first` to `last`. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(last - first + 1, 0) }, (_, index) => first + index);

/** Posts of one connection that wait for their `ack` at once: a slow server may refuse more as too many. */
const POSTS_AT_ONCE = 20;

/** Sends texts, up to twenty without waiting in between, and resolves with the `ack` of each. */
export async function post(
  peer: Peer,
  recipientUUID: string | undefined,
  texts: readonly string[],
): Promise<Frame[]> {
  const acks: Frame[] = [];
  for (let at = 0; at < texts.length; at += POSTS_AT_ONCE) {
    const some = texts.slice(at, at + POSTS_AT_ONCE);
    const answers = await Promise.all(some.map((text) => peer.ask(sendFrame(text, recipientUUID))));
    for (const { type, ack } of answers) {
      assert.equal(type, 'ack');
      acks.push(ack);
    }
  }
  return acks;
}

/** `count` texts, numbered from 1. */
export const numbered = (count: number, name = 'note'): string[] =>
  range(1, count).map((number) => `${name} ${number}`);

/** The messages among frames, in the order of arrival. */
export const messagesAmong = (frames: readonly Frame[], channelUUID?: string): Message[] =>
  frames
    .flatMap(({ channelMessage }) => channelMessage ?? [])
    .filter((message: Message) => channelUUID === undefined || message.ChannelUUID === channelUUID);

/** The messages that a connection has received. */
export const messagesTo = (peer: Peer, channelUUID?: string): Message[] =>
  messagesAmong(peer.frames, channelUUID);

/** The Seq of each of them. */
export const seqsTo = (peer: Peer, channelUUID?: string): number[] =>
  messagesTo(peer, channelUUID).map(({ Seq }) => Seq);

/** Waits for the message of a channel with that Seq. */
export const arrival = (peer: Peer, channelUUID: string, seq: number): Promise<Frame> =>
  peer.next(
    ({ channelMessage }) => channelMessage?.ChannelUUID === channelUUID && channelMessage.Seq === seq,
    `Seq ${seq} of ${channelUUID}`,
  );

/** Two users, the second on another replica if there is one. */
export async function twoUsers(world: World): Promise<[Member, Member]> {
  return [await world.join(), await world.join({ url: world.otherUrl })];
}

/** Where a client stands in a channel. */
export interface Place {
  readonly channelUUID: string;
  /** The other user of a private channel: needed while nobody has written to it. */
  readonly recipientUUID?: string;
  readonly epoch: string;
  readonly seq: number;
}

/** A channel of an answer without its `reads`, which have checks of their own. */
const placeIn = ({ reads: _, ...place }: Frame): Frame & Place => place as Frame & Place;

/** Subscribes. @returns the place where the new subscription begins. */
export async function subscribe(peer: Peer, recipientUUID?: string): Promise<Place> {
  const answer = await peer.ask(requestFor('subscribe', recipientUUID));
  assert.equal(answer.type, 'subscribed', JSON.stringify(answer));
  return placeIn(answer['subscribed']);
}

/** The frame that resumes a session and channels. */
export const resumeFrame = (accessKey: string, channels: readonly Place[]): Frame => ({
  type: 'resume',
  resume: { accessKey, channels },
});

/** Resumes on a connection, and resolves with what `resumed` reports. */
export async function resume(
  peer: Peer,
  { accessKey, userUUID }: Account,
  channels: readonly Place[],
): Promise<Frame> {
  const { type, resumed } = await peer.ask(resumeFrame(accessKey, channels));
  assert.deepEqual([type, resumed?.userUUID], ['resumed', userUUID]);
  return { ...resumed, channels: resumed.channels.map(placeIn) };
}

/** A place in the epoch that a connection was told of last: an epoch begins with the first message of a channel. */
export function inEpochOf(peer: Peer, place: Place): Place {
  const told = peer.frames.findLast(({ sys }) => sys?.channelEpoch?.channelUUID === place.channelUUID);
  return { ...place, epoch: told?.['sys'].channelEpoch.epoch ?? place.epoch };
}
