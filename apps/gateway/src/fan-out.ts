import type { Connection } from './connection.js';
import type { Membership } from './membership.js';
import { textFrame } from './text-frame.js';

/**
 * The way of a published frame to many sockets: framed once, the same bytes to each. Everything that writes
 * to more than one connection goes through here.
 */

/** Delivers one frame of a log to its members. Seq 0: no part of the log. */
export function fanOut(seq: number, json: Buffer, members: Iterable<Membership>): void {
  const frame = textFrame(json);
  for (const member of members) member.offer(seq, frame);
}

/** Delivers one frame to connections, but for one that has been told in another way. */
export function fanOutToAll(json: Buffer, connections: Iterable<Connection>, exceptId?: string): void {
  const frame = textFrame(json);
  for (const connection of connections) {
    if (connection.id !== exceptId) connection.write(frame);
  }
}
