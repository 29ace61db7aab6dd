import { z } from 'zod';
import { mention } from './message.js';

const text = z.string();
const count = z.int().min(0);

/** A change of a message, as an entry of the channel's log. */
const change = {
  channelUUID: text,
  /** The message that has changed, and its place in the log. */
  UUID: text,
  messageSeq: count,
  /**
   * The place of the change itself. In an answer to a request that changed nothing: that of the change that made it so, or 0 if that is not
   * known.
   */
  Seq: count,
  /** Who changed it. */
  userUUID: text,
  at: text,
};

/** What happened to messages. Each is both the answer to the request of its name and what the channel's subscribers get. */
export const changeFrames = {
  /**
   * The text and the mentions are the newest ones: after a resume, they may be those of a later edit. They are absent once the
   * message is deleted.
   */
  messageEdit: z.object({ ...change, Message: text.optional(), mentions: z.array(mention).optional() }),
  messageDelete: z.object(change),
  /** `count` is how many users have that reaction after it. */
  reaction: z.object({ ...change, reaction: text, remove: z.boolean(), count }),
} as const;

/** The types of frames that change a message. */
export type ChangeType = keyof typeof changeFrames;

/** What happened to a message. */
export type MessageChange<T extends ChangeType = ChangeType> = z.infer<(typeof changeFrames)[T]>;
