import { z } from 'zod';

const text = z.string();
const count = z.int().min(0);

/**
 * A user as others see them. `Name` and `Picture`, an `https:` address, are what an identity provider says of the user. They are shown
 * where users are listed or looked up, and not in messages or among those who are joined.
 * `bot`: a program that a key signs in.
 */
export const user = z.object({
  UUID: text,
  Username: text,
  OnLine: z.boolean(),
  Name: text.optional(),
  Picture: text.optional(),
  bot: z.literal(true).optional(),
});
export type User = z.infer<typeof user>;

/** A member whom a message names with `@`. */
export const mention = z.object({ userUUID: text, username: text });
export type Mention = z.infer<typeof mention>;

/** The reactions of one kind to a message. `mine`: the user who reads this is among those who reacted. */
export const reactionCount = z.object({ reaction: text, count: z.int().min(1), mine: z.boolean() });
export type ReactionCount = z.infer<typeof reactionCount>;

/** The message that a reply answers. Its beginning is read with it: `excerpt` is absent once that message is deleted. */
export const reply = z.object({
  UUID: text,
  Seq: count,
  SenderUUID: text,
  Username: text,
  excerpt: text.optional(),
});
export type Reply = z.infer<typeof reply>;

/** A message as clients see it. In the general channel `Recipient` is absent and `RecipientUUID` is empty. */
export const message = z.object({
  UUID: text,
  SenderUUID: text,
  Sender: user,
  RecipientUUID: text,
  Recipient: user.optional(),
  Message: text,
  CreatedAt: text,
  ChannelUUID: text,
  Seq: count,
  /** When the author last changed the text. */
  editedAt: text.optional(),
  /** Of a tombstone, which holds the place of a message that is gone: its `Message` is empty, and so may be its sender's name. */
  deletedAt: text.optional(),
  /** In answers, in the order of their first one. A live message has none yet. */
  reactions: z.array(reactionCount).optional(),
  replyTo: reply.optional(),
  mentions: z.array(mention).optional(),
});
export type Message = z.infer<typeof message>;
