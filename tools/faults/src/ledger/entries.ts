import type { Message } from '@parley/protocol';

/** A message that the server said it has stored. */
export interface Acknowledged {
  readonly UUID: string;
  readonly channelUUID: string;
  readonly seq: number;
  /** When it was stored, by Redis's clock, in ms since 1970. */
  readonly storedAt: number;
}

/** What is looked at of a message. */
export type Seen = Pick<Message, 'UUID' | 'ChannelUUID' | 'Seq' | 'Message' | 'CreatedAt'>;

/** Which acknowledged messages a fault may lose, by what the documents say of it. */
export type MayLose = (acknowledged: Acknowledged) => boolean;
