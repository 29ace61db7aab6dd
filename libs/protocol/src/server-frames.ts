import { z } from 'zod';
import { changeFrames } from './change-frames.js';
import { groupFrames, groupNews } from './group-frames.js';
import { message, user } from './message.js';
import { requestId } from './requests.js';

const text = z.string();
const count = z.int().min(0);

const identity = z.object({ uuid: text, username: text });

/** A session of the user who asks. `usedAt` and `expiresAt` are RFC 3339 in UTC; `current` is the session of the connection. */
const session = z.object({ sessionUUID: text, current: z.boolean(), usedAt: text, expiresAt: text });

/** A log continues in `epoch`, and has everything up to `from` in common with the epoch before. */
const newEpoch = { epoch: text, from: count };

/** How far members have read, in channels of at most 100. */
const reads = z.array(z.object({ userUUID: text, seq: count })).optional();

/** The payload of a `sys` frame is itself a frame. */
const sys = z.discriminatedUnion('type', [
  z.object({ type: z.literal('signIn'), signIn: identity }),
  z.object({ type: z.literal('signOut'), signOut: identity }),
  z.object({
    type: z.literal('channelJoin'),
    channelJoin: z.object({ recipientUUID: text, channelUUID: text.optional() }),
  }),
  z.object({ type: z.literal('channelEpoch'), channelEpoch: z.object({ channelUUID: text, ...newEpoch }) }),
  z.object({ type: z.literal('inboxEpoch'), inboxEpoch: z.object(newEpoch) }),
  z.object({ type: z.literal('announce'), announce: z.object({ text, at: text }) }),
  ...groupNews,
]);

/** The payload of every frame that the server may send, by type. */
export const serverPayloads = {
  ready: z.object({ sessionUUID: text }),
  pong: z.object({}),
  /** `expiresAt`: when the connection is closed unless it is refreshed; only after a sign-in with a token. */
  authorized: z.object({ userUUID: text, accessKey: text, expiresAt: text.optional() }),
  refresh: z.object({ userUUID: text, expiresAt: text }),
  signOut: z.object({ uuid: text }),
  users: z.object({ total: count, received: count, users: z.array(user) }),
  channelJoin: z.object({
    recipientUUID: text,
    messages: z.array(message),
    users: z.array(user),
    usersTotal: count,
    channelUUID: text,
    epoch: text,
    seq: count,
  }),
  /** `channelUUID` names a group. */
  channelLeave: z.object({ recipientUUID: text, channelUUID: text.optional() }),
  channelMessage: message,
  channelMessages: z.object({
    channelUUID: text,
    messagesTotal: count,
    messagesReceived: count,
    messages: z.array(message),
    hasMore: z.boolean(),
  }),
  subscribed: z.object({ channelUUID: text, epoch: text, seq: count, reads }),
  unsubscribed: z.object({ channelUUID: text }),
  resumed: z.object({
    userUUID: text,
    channels: z.array(
      z.object({
        channelUUID: text,
        epoch: text.optional(),
        seq: count.optional(),
        recovered: z.boolean(),
        reads,
      }),
    ),
  }),
  inbox: z.object({ epoch: text, seq: count, unread: count, recovered: z.boolean() }),
  inboxItem: z.object({
    seq: count,
    kind: z.enum(['message', 'mention', 'invite', 'kick', 'read', 'contact']),
    /** Empty in items of kind `contact`. */
    channelUUID: text,
    /** Of kinds `message` and `mention`: the message that the item is about. Its text comes with it as long as there is one, for who may read it. */
    UUID: text.optional(),
    messageSeq: count.optional(),
    message: message.optional(),
    /** Of kinds `invite`, `kick` and `contact`: who did it. */
    by: text.optional(),
    /** Of kind `contact`: whom it was done to, who may be the reader, and what was done. */
    userUUID: text.optional(),
    change: z.enum(['contactAdd', 'contactRemove', 'block', 'unblock']).optional(),
    /** Of kind `kick`: the user cannot come back. */
    ban: z.boolean().optional(),
    /** Of kind `read`: the user has read the channel up to this Seq. */
    readSeq: count.optional(),
  }),
  passwordChange: z.object({ ended: count }),
  sessions: z.object({ total: count, sessions: z.array(session) }),
  sessionsEnd: z.object({ ended: count }),
  accountDelete: z.object({ uuid: text }),
  ack: z.object({
    UUID: text,
    Seq: count,
    ChannelUUID: text,
    clientUUID: text.optional(),
    CreatedAt: text,
  }),
  /** `seq` is the position after the request: never before an earlier one. */
  channelRead: z.object({ channelUUID: text, seq: count, unread: count }),
  typing: z.object({ channelUUID: text, userUUID: text, username: text }),
  ...changeFrames,
  ...groupFrames,
  contacts: z.object({ contacts: z.array(user), blocked: z.array(user), cursor: text.optional() }),
  sys,
  error: z.object({
    code: z.int(),
    name: text,
    message: text,
    error: text,
    payload: z.unknown(),
    retryable: z.boolean(),
    retryAfterMs: count.optional(),
  }),
} as const;

/** The name of a frame that the server may send. */
export type ServerFrameType = keyof typeof serverPayloads;

/** What may stand beside the payload: `id` on direct answers, the sender's marks on joins and leaves. */
const marks = {
  id: requestId.optional(),
  SUUID: text.optional(),
  userUUID: text.optional(),
  user: user.optional(),
  /** On leaves: how many other connections of the user are still joined. */
  connections: count.optional(),
};

type Marks = z.infer<z.ZodObject<typeof marks>>;

/** A frame of one type from the server. */
export type ServerFrameOf<T extends ServerFrameType> = Marks & { readonly type: T } & {
  readonly [K in T]: z.output<(typeof serverPayloads)[T]>;
};

/** Any frame from the server, discriminated by `type`. */
export type ServerFrame = { [T in ServerFrameType]: ServerFrameOf<T> }[ServerFrameType];

/** The schema of a whole frame from the server. */
export const frameSchema = (type: string, payload: z.ZodType): z.ZodType =>
  z.object({ type: z.literal(type), ...marks, [type]: payload });

const frameSchemas = new Map<string, z.ZodType>(
  Object.entries(serverPayloads).map(([type, payload]) => [type, frameSchema(type, payload)]),
);

/**
 * Reads a frame from the server. A missing payload counts as an empty one.
 * @throws Error when it is not JSON, has no known type, or does not have its type's shape.
 */
export function decodeServerFrame(json: string): ServerFrame {
  const value: unknown = JSON.parse(json);
  const type = (value as { type?: unknown } | null)?.type;
  const schema = typeof type === 'string' ? frameSchemas.get(type) : undefined;
  if (schema === undefined) throw new Error(`The server sent a frame of an unknown type: ${String(type)}`);
  return schema.parse({ [type as string]: {}, ...(value as object) }) as ServerFrame;
}
