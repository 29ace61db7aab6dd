import { z } from 'zod';
import { cursor, groupName, topic, uuid, wholeNumber } from './fields.js';
import { LIMITS } from './limits.js';
import { MEMBER_ROLES } from './rights.js';

const flag = z.boolean('expected true or false');

/** A part of a list: what follows `cursor`, or its beginning. */
const page = (most: number) => ({ cursor: cursor.optional(), limit: wholeNumber(1, most).optional() });

const inGroup = { channelUUID: uuid };

/** A user whom the request is about, in a group. */
const member = { ...inGroup, userUUID: uuid };

const USERS_EXPECTED = `expected 1 to ${LIMITS.invitesAtOnce} UUIDs of users`;

/** Who is invited: one user, or several at once. */
const invitation = z
  .object({
    ...inGroup,
    userUUID: uuid.optional(),
    userUUIDs: z
      .array(uuid, USERS_EXPECTED)
      .min(1, USERS_EXPECTED)
      .max(LIMITS.invitesAtOnce, USERS_EXPECTED)
      .optional(),
  })
  .refine(
    ({ userUUID, userUUIDs }) => (userUUID === undefined) !== (userUUIDs === undefined),
    'expected either userUUID or userUUIDs',
  );

/** What changes about a group. What is absent stays as it is. */
const setting = z
  .object({ ...inGroup, name: groupName.optional(), topic: topic.optional(), archived: flag.optional() })
  .refine(
    ({ name, topic, archived }) => name !== undefined || topic !== undefined || archived !== undefined,
    'expected name, topic or archived',
  );

/** Requests about group channels and their members. */
export const groupRequests = {
  channelCreate: z.object({ name: groupName, private: flag, topic: topic.optional() }),
  channels: z.object({
    scope: z.enum(['mine', 'public'], 'expected "mine" or "public"'),
    ...page(LIMITS.channelsPerPage),
  }),
  channelSet: setting,
  channelMembers: z.object({ ...inGroup, ...page(LIMITS.membersPerPage) }),
  channelInvite: invitation,
  channelKick: z.object({ ...member, ban: flag.optional() }),
  channelUnban: z.object(member),
  /** 0 seconds end the silence. */
  channelMute: z.object({ ...member, seconds: wholeNumber(0, LIMITS.muteSeconds) }),
  channelRole: z.object({
    ...member,
    role: z.enum(MEMBER_ROLES, 'expected "owner", "moderator" or "member"'),
  }),
  channelAudit: z.object({ ...inGroup, ...page(LIMITS.auditEntriesPerPage) }),
} as const;
