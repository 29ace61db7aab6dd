import type { Stamp } from '../stamp.js';

/** What a frame of a server is to the generator. */
export const KINDS = {
  /** Nothing that anybody waits for. */
  ignored: 0,
  /** A message that was sent by some sender; looks the same on every connection. */
  delivery: 1,
  /** Something for this one connection: goes to whoever waits for it, else to `receive` of the dialect. */
  personal: 2,
} as const;

export type Kind = (typeof KINDS)[keyof typeof KINDS];

/** What was read out of a delivery. */
export interface Found extends Stamp {
  /** What the numbers count: a room where the server numbers, a sender where the senders do. */
  stream: number;
  /** The message's number in its stream: without holes, from one that the connection was told when it entered. */
  seq: number;
}

/** Knows the frames of one kind of server. One instance serves all connections of a thread. */
export interface Classifier {
  /** Says what the payload `bytes[start, end)` is, and fills `found` for a delivery. Must keep nothing of `bytes`. */
  classify(bytes: Buffer, start: number, end: number, found: Found): Kind;
}
