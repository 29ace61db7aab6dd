import { z } from 'zod';
import { changeRequests } from './change-requests.js';
import { contactRequests } from './contact-requests.js';
import {
  channel,
  messageText,
  optionalUuid,
  password,
  seq,
  shortText,
  signInToken,
  token,
  username,
  uuid,
  wholeNumber,
} from './fields.js';
import { groupRequests } from './group-requests.js';
import { LIMITS } from './limits.js';

const CHANNELS_EXPECTED = `expected at most ${LIMITS.subscriptionsPerConnection} channels`;

/**
 * Where a client is in a channel. `recipientUUID` is the partner of a private channel: one that nobody has written to is kept
 * nowhere, so that its id alone does not show whose it is.
 */
const resumedChannel = z.object({
  channelUUID: uuid,
  epoch: z.string('expected an epoch'),
  seq,
  recipientUUID: optionalUuid.optional(),
});

const credentials = z.object({ username, password });

/** Signs in with a token of the team's own identity provider. */
const ownToken = z.object({ token });

const SESSIONS_EXPECTED = `expected 1 to ${LIMITS.sessionsPerPage} UUIDs of sessions`;

/** Which sessions end: all of the user's, or these. */
const endedSessions = z
  .object({
    all: z.boolean('expected true or false').optional(),
    sessionUUIDs: z
      .array(uuid, SESSIONS_EXPECTED)
      .min(1, SESSIONS_EXPECTED)
      .max(LIMITS.sessionsPerPage, SESSIONS_EXPECTED)
      .optional(),
  })
  .refine(
    ({ all, sessionUUIDs }) => (all === true) !== (sessionUUIDs !== undefined),
    'expected either all: true or sessionUUIDs',
  );

/** The payload of every frame that a client may send, by type. */
export const requestPayloads = {
  ping: z.object({}),
  signUp: credentials,
  signIn: z.union([z.object({ token: signInToken }), credentials]),
  refresh: ownToken,
  signOut: z.object({}),
  users: z.object({
    offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
    limit: wholeNumber(1, LIMITS.usersPerPage).optional(),
  }),
  channelJoin: z.object({
    ...channel,
    limit: wholeNumber(1, LIMITS.messagesPerPage).optional(),
    order: z.enum(['asc', 'desc'], 'expected "asc" or "desc"').optional(),
  }),
  channelLeave: z.object(channel),
  channelMessage: z.object({
    ...channel,
    message: messageText,
    clientUUID: shortText(LIMITS.clientIdCharacters).optional(),
    /** The `UUID` of the message that this one answers, in the same channel. */
    replyTo: optionalUuid,
  }),
  channelMessages: z.object({
    ...channel,
    before: seq.optional(),
    after: seq.optional(),
    offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
    limit: wholeNumber(1, LIMITS.messagesPerPage).optional(),
  }),
  subscribe: z.object(channel),
  unsubscribe: z.object(channel),
  resume: z.object({
    accessKey: z.string('expected an access key'),
    channels: z
      .array(resumedChannel, CHANNELS_EXPECTED)
      .max(LIMITS.subscriptionsPerConnection, CHANNELS_EXPECTED)
      .default([]),
  }),
  passwordChange: z.object({ old: password, new: password }),
  sessions: z.object({}),
  sessionsEnd: endedSessions,
  accountDelete: z.union([ownToken, z.object({ password })]),
  inbox: z.object({ epoch: z.string('expected an epoch').optional(), seq: seq.optional() }),
  channelRead: z.object({ ...channel, seq }),
  typing: z.object(channel),
  ...changeRequests,
  ...groupRequests,
  ...contactRequests,
} as const;

/** The name of a frame that a client may send. */
export type RequestType = keyof typeof requestPayloads;

/** The checked payload of a request. */
export type RequestPayload<T extends RequestType> = z.output<(typeof requestPayloads)[T]>;

const ID_TEXT = shortText(LIMITS.requestIdCharacters);
/** What is said about an `id` of another kind. */
export const ID_EXPECTED = `expected a string of 1 to ${LIMITS.requestIdCharacters} characters or a number that a double holds exactly`;

/** A client's own mark for a request. Its direct answer carries the same mark. */
export const requestId = z
  .union([z.string(), z.number()], ID_EXPECTED)
  .refine((id) => ID_TEXT.safeParse(String(id)).success, ID_EXPECTED)
  .meta({ minLength: 1, maxLength: LIMITS.requestIdCharacters });
export type RequestId = z.infer<typeof requestId>;

/**
 * What may stand beside the payload of any request. Only a bad `id` is an error; the other fields are used or
 * ignored.
 */
export interface Envelope {
  readonly id?: RequestId | undefined;
  readonly userUUID?: string | undefined;
  readonly accessKey?: string | undefined;
}

/** A decoded request of one type. The payload stands under the key named like the type. */
export type RequestOf<T extends RequestType> = Envelope & { readonly type: T } & {
  readonly [K in T]: RequestPayload<T>;
};

/** Any decoded request, discriminated by `type`. */
export type Request = { [T in RequestType]: RequestOf<T> }[RequestType];

/** Types that a connection may send before it is signed in. */
export const OPEN_REQUESTS: ReadonlySet<RequestType> = new Set(['ping', 'signUp', 'signIn', 'resume']);
