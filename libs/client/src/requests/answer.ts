import type { ServerFrame, ServerFrameOf, ServerFrameType } from '@parley/protocol';
import type { RequestFrame } from '../wire/wire.js';
import type { Wanted } from './outbox.js';

/** The payload of a frame from the server. */
export type Payload<T extends ServerFrameType> = ServerFrameOf<T>[T];

/** The payload of an answer. The request determines the type. */
export const payloadOf = <T extends ServerFrameType>(answer: ServerFrame, type: T): Payload<T> =>
  (answer as unknown as ServerFrameOf<T>)[type];

/**
 * Sends a request as often as it takes, and resolves with the payload of its answer, which is of the type given.
 * @throws ChatError if repeating would not help.
 */
export type Ask = <T extends ServerFrameType>(
  type: T,
  frame: RequestFrame,
  how?: Omit<Wanted, 'frame'>,
) => Promise<Payload<T>>;

/** A part of a list: how many, and the `cursor` of the answer before. */
export interface PageOptions {
  readonly cursor?: string;
  readonly limit?: number;
}
