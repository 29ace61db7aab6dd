import { decodePublished } from '@parley/contracts';
import type { Connection } from './connection.js';
import type { Membership } from './membership.js';
import { textFrame } from './text-frame.js';

/**
 * The way of a published frame to many sockets: framed once, the same bytes to each. Everything that writes
 * to more than one connection goes through here.
 */

/**
 * Delivers every frame of a published buffer to the members of its channel, in order.
 * @returns the newest Seq among them, 0 when none is part of the log.
 * @throws RangeError when the buffer ends inside a frame.
 */
export function fanOut(published: Buffer, members: Iterable<Membership>): number {
  let newest = 0;
  for (const { seq, json } of decodePublished(published)) {
    const frame = textFrame(json);
    for (const member of members) member.offer(seq, frame);
    if (seq > newest) newest = seq;
  }
  return newest;
}

/** Delivers one frame to connections, but for one that has been told in another way. */
export function fanOutToAll(json: Buffer, connections: Iterable<Connection>, exceptId?: string): void {
  const frame = textFrame(json);
  for (const connection of connections) {
    if (connection.id !== exceptId) connection.write(frame);
  }
}
