import { z } from 'zod';
import { changeFrames } from '../change-frames.js';
import {
  groupName,
  messageText,
  optionalUuid,
  password,
  seq,
  shortText,
  signInToken,
  singleLine,
  token,
  topic,
  username,
  uuid,
  wholeNumber,
} from '../fields.js';
import { auditEntry, channelInfo, channelMember, groupFrames } from '../group-frames.js';
import { KEY_SCOPES } from '../key-scopes.js';
import { LIMITS } from '../limits.js';
import { mention, message, reactionCount, reply, user } from '../message.js';
import { requestPayloads } from '../requests.js';
import { MEMBER_ROLES } from '../rights.js';
import { serverPayloads } from '../server-frames.js';
import { problem } from './problem.js';
import { statusSchemas } from './status-schemas.js';
import { webhookSchemas } from './webhook-schemas.js';

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
/** A token, or the key of a bot. */
const bringsToken = z.object({ token: signInToken });

const SCOPES_EXPECTED = `expected scopes of ${KEY_SCOPES.join(', ')}`;
const keyName = singleLine(LIMITS.keyNameCharacters);
const expiresInDays = wholeNumber(1, LIMITS.keyDays).optional();

/** Auth checks what an identity provider says of its user. */
const provisioned = z.object({
  issuer: text.optional(),
  sub: z.string('expected a string'),
  name: z.string('expected a string').optional(),
  displayName: z.string('expected a string').optional(),
  picture: z.string('expected a string').optional(),
});
const PROVISIONED_EXPECTED = `expected 1 to ${LIMITS.provisionedAtOnce} users`;

/** `createdBy`: the name of the key that made it, or of the command. Times are RFC 3339 in UTC; `lastUsedAt` is off by an hour at most. */
const keySummary = {
  id: text,
  name: text,
  scopes: z.array(text),
  /** Of the key of a bot: the bot. */
  userUUID: text.optional(),
  createdAt: text,
  createdBy: text,
  lastUsedAt: text.optional(),
  expiresAt: text.optional(),
};

const accountObject = z.object({
  userUUID: text,
  username: text,
  bot: z.literal(true).optional(),
  createdAt: text,
  banned: text.optional(),
  disabled: text.optional(),
  sessions: count,
  external: z.object({ issuer: text, sub: text }).optional(),
});

const keySummaryObject = z.object(keySummary);

const keyAuditEntry = z.object({
  at: text,
  keyId: text,
  keyName: text,
  operation: text,
  object: text,
  actAs: text.optional(),
  outcome: text,
});

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
  SignInToken: bringsToken,
  SignIn: z.union([bringsToken, credentials]),
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
  NewKey: z
    .object({
      name: keyName,
      scopes: z
        .array(z.enum(KEY_SCOPES, SCOPES_EXPECTED), SCOPES_EXPECTED)
        .min(1, SCOPES_EXPECTED)
        .optional(),
      /** A bot, whose key it becomes. */
      userUUID: uuid.optional(),
      expiresInDays,
    })
    .refine(
      ({ scopes, userUUID }) => (scopes === undefined) !== (userUUID === undefined),
      'expected either scopes or the userUUID of a bot',
    ),
  Key: keySummaryObject,
  MadeKey: z.object({ ...keySummary, key: text }),
  KeyList: z.object({ keys: z.array(keySummaryObject) }),
  /** `revoked`: whether there was such a key. `ended`: sessions that a bot began with it. */
  KeyRevoked: z.object({ revoked: z.boolean(), ended: count }),
  NewBot: z.object({ username, expiresInDays }),
  MadeBot: z.object({ ...keySummary, username: text, key: text }),
  Provision: z.object({
    users: z
      .array(provisioned, PROVISIONED_EXPECTED)
      .min(1, PROVISIONED_EXPECTED)
      .max(LIMITS.provisionedAtOnce, PROVISIONED_EXPECTED),
  }),
  /** In the order of the request. `error` in place of a user is the name of what that one was refused with. */
  Provisioned: z.object({
    users: z.array(
      z.object({
        issuer: text.optional(),
        sub: text,
        userUUID: text.optional(),
        username: text.optional(),
        created: z.boolean().optional(),
        error: text.optional(),
        message: text.optional(),
      }),
    ),
  }),
  /** `banned` and `disabled`: since when. */
  Account: accountObject,
  /** `partnerUUID`: whom a private channel is with, oneself for notes to oneself. */
  AccountExport: z.object({
    account: accountObject,
    sessions: sessions.shape.sessions,
    channels: z.array(z.object({ channelUUID: text, partnerUUID: text.optional() })),
  }),
  BarLifted: z.object({ wasBarred: z.boolean() }),
  NewAnnouncement: z.object({ text: shortText(LIMITS.announcementCharacters) }),
  Announcement: z.object({ text, at: text }),
  /** `object`: the path of the request, or what else it was about. `actAs`: the UUID of a user. */
  KeyAuditEntry: keyAuditEntry,
  KeyAuditPage: z.object({ entries: z.array(keyAuditEntry), cursor }),
  ...webhookSchemas,
  ...statusSchemas,
} as const;
