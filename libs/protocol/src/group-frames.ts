import { z } from 'zod';
import { message, user } from './message.js';
import { MEMBER_ROLES, ROLES } from './rights.js';

const text = z.string();
const count = z.int().min(0);
const cursor = text.optional();
const memberRole = z.enum(MEMBER_ROLES);

/** A group as a user sees it. `lastMessage` is absent to those who may not read it, and where there is none. */
export const channelInfo = z.object({
  channelUUID: text,
  name: text,
  topic: text,
  private: z.boolean(),
  archived: z.boolean(),
  /** What the user is to it. */
  role: z.enum(ROLES),
  /** How many members it has. */
  members: count,
  seq: count,
  /** Messages after the position up to which the user has read it; 0 to those who are no members. */
  unread: count,
  lastMessage: message.optional(),
});
export type ChannelInfo = z.infer<typeof channelInfo>;

/** A member of a group. `mutedUntil` is absent unless it lies ahead. */
export const channelMember = user.extend({ role: memberRole, mutedUntil: text.optional() });
export type ChannelMember = z.infer<typeof channelMember>;

/** What has changed in a group. */
const AUDITED = [
  'channelCreate',
  'channelSet',
  'channelJoin',
  'channelInvite',
  'channelKick',
  'channelUnban',
  'channelMute',
  'channelRole',
  'messageEdit',
  'messageDelete',
] as const;

/** Who changed what and when, without any text. Besides the first three fields, an entry has those that its action needs. */
export const auditEntry = z.object({
  at: text,
  by: text,
  action: z.enum(AUDITED),
  userUUID: text.optional(),
  UUID: text.optional(),
  messageSeq: count.optional(),
  role: memberRole.optional(),
  ban: z.boolean().optional(),
  mutedUntil: text.optional(),
  archived: z.boolean().optional(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** Something about one user in a group. `Seq` is its place in the log; 0 in an answer: nothing has changed. */
const aboutMember = { channelUUID: text, Seq: count, userUUID: text };
const ban = z.boolean().optional();
/** Absent: the user is muted no more. */
const mutedUntil = text.optional();

/** Why one of several users is not invited: the name of an error. */
const refusal = z.object({ userUUID: text, name: text });

/** The answers to requests about groups. */
export const groupFrames = {
  channelCreate: z.object({ channel: channelInfo }),
  channels: z.object({ channels: z.array(channelInfo), cursor }),
  channelSet: z.object({ channel: channelInfo }),
  channelMembers: z.object({ channelUUID: text, total: count, members: z.array(channelMember), cursor }),
  /** `userUUIDs` are members now, those included who already were. */
  channelInvite: z.object({ channelUUID: text, userUUIDs: z.array(text), refused: z.array(refusal) }),
  channelKick: z.object({ ...aboutMember, ban }),
  channelUnban: z.object(aboutMember),
  channelMute: z.object({ ...aboutMember, mutedUntil }),
  channelRole: z.object({ ...aboutMember, role: memberRole }),
  channelAudit: z.object({ channelUUID: text, entries: z.array(auditEntry), cursor }),
} as const;

/** An entry of the log about a member. `by` did it, to themselves if it is the same user. */
const entry = { ...aboutMember, by: text, at: text.optional() };

const told = <T extends string, S extends z.core.$ZodLooseShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), [type]: z.object(shape) } as { type: z.ZodLiteral<T> } & {
    [K in T]: z.ZodObject<S>;
  });

/** What members who subscribed are told in `sys` frames. All but `channelRead` are entries of the log. */
export const groupNews = [
  /** A new member; one who came alone has invited themselves. */
  told('channelInvite', entry),
  /** A member who is gone; one who quit has kicked themselves. */
  told('channelKick', { ...entry, ban }),
  told('channelUnban', entry),
  told('channelMute', { ...entry, mutedUntil }),
  /** With a new owner, the owner before, if still there, is a moderator. */
  told('channelRole', { ...entry, role: memberRole }),
  told('channelSet', {
    ...entry,
    name: text.optional(),
    topic: text.optional(),
    archived: z.boolean().optional(),
  }),
  told('channelRead', { channelUUID: text, userUUID: text, seq: count }),
] as const;
