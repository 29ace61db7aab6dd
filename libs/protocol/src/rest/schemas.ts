import { z } from 'zod';
import { changeFrames } from '../change-frames.js';
import {
  groupName,
  messageText,
  optionalUuid,
  password,
  seq,
  token,
  topic,
  username,
  uuid,
  wholeNumber,
} from '../fields.js';
import { auditEntry, channelInfo, channelMember, groupFrames } from '../group-frames.js';
import { LIMITS } from '../limits.js';
import { mention, message, reactionCount, reply, user } from '../message.js';
import { requestPayloads } from '../requests.js';
import { MEMBER_ROLES } from '../rights.js';
import { serverPayloads } from '../server-frames.js';
import { problem } from './problem.js';

const text = z.string();
const count = z.int().min(0);
/** Where the next page begins. The last page has none. */
const cursor = text.optional();
const flag = z.boolean('expected true or false');

const { channelRead, contacts, passwordChange, sessions, sessionsEnd } = serverPayloads;

const channelChange = z
  .object({ name: groupName.optional(), topic: topic.optional(), archived: flag.optional() })
  .refine(
    (change) => Object.values(change).some((value) => value !== undefined),
    'expected name, topic or archived',
  );

const USERS_EXPECTED = `expected 1 to ${LIMITS.invitesAtOnce} UUIDs of users`;

/** `createdAt`: when the user was made; absent for users from before that was noted. */
const profile = user.extend({ createdAt: text.optional() });

/** `seen`: whether you have read its channel up to it, as `markRead`, a post or a join says. */
const receivedMessage = message.extend({ seen: z.boolean() });

const credentials = z.object({ username, password });
const ownToken = z.object({ token });

/** What requests carry and what they are answered with, by the names that the OpenAPI document gives them. */
export const REST_SCHEMAS = {
  Problem: problem,
  User: user,
  NewUser: z.object({ username, password }),
  PasswordChange: requestPayloads.passwordChange,
  PasswordChanged: passwordChange,
  OwnProof: requestPayloads.accountDelete,
  UserProfile: profile,
  UserPage: z.object({ users: z.array(profile), cursor }),
  Credentials: credentials,
  OwnToken: ownToken,
  SignIn: z.union([ownToken, credentials]),
  /**
   * `accessKey` is the bearer of later requests. Nobody can read it again. `expiresAt`, if a token began the session: when it ends in
   * any case.
   */
  NewSession: z.object({ userUUID: text, sessionUUID: text, accessKey: text, expiresAt: text.optional() }),
  SessionList: sessions,
  SessionsEnded: sessionsEnd,
  Mention: mention,
  ReactionCount: reactionCount,
  Reply: reply,
  Message: message,
  NewMessage: z.object({ message: messageText, replyTo: optionalUuid }),
  MessageText: z.object({ message: messageText }),
  StoredMessage: z.object({ UUID: text, Seq: count, ChannelUUID: text, CreatedAt: text }),
  MessagePage: z.object({ channelUUID: text, messages: z.array(message), cursor }),
  ReceivedMessage: receivedMessage,
  ReceivedPage: z.object({ messages: z.array(receivedMessage), cursor }),
  MessageEdited: changeFrames.messageEdit,
  MessageDeleted: changeFrames.messageDelete,
  Reaction: changeFrames.reaction,
  NewPosition: z.object({ seq }),
  Position: channelRead,
  Channel: channelInfo,
  NewChannel: z.object({ name: groupName, private: flag, topic: topic.optional() }),
  ChannelChange: channelChange,
  ChannelPage: groupFrames.channels,
  Member: channelMember,
  MemberPage: groupFrames.channelMembers,
  Invitation: z.object({
    userUUIDs: z.array(uuid, USERS_EXPECTED).min(1, USERS_EXPECTED).max(LIMITS.invitesAtOnce, USERS_EXPECTED),
  }),
  Invited: groupFrames.channelInvite,
  MemberRemoved: groupFrames.channelKick,
  MemberUnbanned: groupFrames.channelUnban,
  NewRole: z.object({ role: z.enum(MEMBER_ROLES, 'expected "owner", "moderator" or "member"') }),
  MemberRole: groupFrames.channelRole,
  Silence: z.object({ seconds: wholeNumber(0, LIMITS.muteSeconds) }),
  MemberMuted: groupFrames.channelMute,
  AuditEntry: auditEntry,
  AuditPage: groupFrames.channelAudit,
  ContactPage: contacts,
} as const;
