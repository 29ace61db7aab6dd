import type { Stamp } from '../stamp.js';

/** The kinds of frames of a server, for the generator. */
export const KINDS = {
  /** Nothing waits for it. */
  ignored: 0,
  /** A message of a sender. It looks the same on every connection. */
  delivery: 1,
  /** For this connection alone: goes to what waits for it, or to the dialect's `receive`. */
  personal: 2,
} as const;

export type Kind = (typeof KINDS)[keyof typeof KINDS];

/** What was read from a delivery. */
export interface Found extends Stamp {
  /** What the numbers count: the messages of a room when the server numbers them, of a sender when the senders do. */
  stream: number;
  /** The message's number in its stream: without gaps, from a number that the connection learned when it entered. */
  seq: number;
}

/** Knows the frames of one kind of server. One instance serves all connections of a thread. */
export interface Classifier {
  /** Says what the payload `bytes[start, end)` is, and fills `found` for a delivery. Must keep nothing of `bytes`. */
  classify(bytes: Buffer, start: number, end: number, found: Found): Kind;
}
