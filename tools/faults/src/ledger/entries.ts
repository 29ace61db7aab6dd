import type { Message } from '@parley/protocol';

/** A message that the server has acknowledged. */
export interface Acknowledged {
  readonly UUID: string;
  readonly channelUUID: string;
  readonly seq: number;
  /** When it was stored, by Redis's clock, in ms since 1970. */
  readonly storedAt: number;
}

/** The fields of a message that the account uses. */
export type Seen = Pick<Message, 'UUID' | 'ChannelUUID' | 'Seq' | 'Message' | 'CreatedAt'>;

/** Which acknowledged messages a fault may lose, according to the documents. */
export type MayLose = (acknowledged: Acknowledged) => boolean;
