import type { ChatError, Payload } from '@parley/client';
import type { Message, Reply } from '@parley/protocol';
import { LIMITS } from '@parley/protocol/constants';

/** A post of this client that is not yet among the messages of its channel. */
export interface OutgoingPost {
  /** Its `clientUUID`. Sent again under it, it is stored once. */
  readonly key: string;
  readonly text: string;
  /** The message that it answers. */
  readonly replyTo?: Reply | undefined;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Messages up to this Seq are older than the post. */
  readonly after: number;
  readonly state: 'sending' | 'failed' | 'stored';
  readonly error?: ChatError | undefined;
  readonly ack?: Payload<'ack'>;
}

/** What a post shows of the message that it answers. */
export const quoteOf = ({ UUID, Seq, SenderUUID, Sender, Message }: Message): Reply => ({
  ...{ UUID, Seq, SenderUUID, Username: Sender.Username },
  excerpt: [...Message].slice(0, LIMITS.excerptCharacters).join(''),
});
