import { z } from 'zod';
import { requestId } from './requests.js';

const text = z.string();
const count = z.int().min(0);

/** A user as others see them. */
export const user = z.object({ UUID: text, Username: text, OnLine: z.boolean() });
export type User = z.infer<typeof user>;

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
  /** Of a tombstone, which holds the place of a message that is gone: its `Message` is empty, and so may be its sender's name. */
  deletedAt: text.optional(),
});
export type Message = z.infer<typeof message>;

const identity = z.object({ uuid: text, username: text });

/** A session of the user who asks. `usedAt` and `expiresAt` are RFC 3339 in UTC; `current` is the session of the connection. */
const session = z.object({ sessionUUID: text, current: z.boolean(), usedAt: text, expiresAt: text });

/** A log continues in `epoch`, and has everything up to `from` in common with the epoch before. */
const newEpoch = { epoch: text, from: count };

/** The payload of a `sys` frame is itself a frame. */
const sys = z.discriminatedUnion('type', [
  z.object({ type: z.literal('signIn'), signIn: identity }),
  z.object({ type: z.literal('signOut'), signOut: identity }),
  z.object({ type: z.literal('channelJoin'), channelJoin: z.object({ recipientUUID: text }) }),
  z.object({ type: z.literal('channelEpoch'), channelEpoch: z.object({ channelUUID: text, ...newEpoch }) }),
  z.object({ type: z.literal('inboxEpoch'), inboxEpoch: z.object(newEpoch) }),
]);

/** The payload of every frame that the server may send, by type. */
export const serverPayloads = {
  ready: z.object({ sessionUUID: text }),
  pong: z.object({}),
  authorized: z.object({ userUUID: text, accessKey: text }),
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
  channelLeave: z.object({ recipientUUID: text }),
  channelMessage: message,
  channelMessages: z.object({
    channelUUID: text,
    messagesTotal: count,
    messagesReceived: count,
    messages: z.array(message),
    hasMore: z.boolean(),
  }),
  subscribed: z.object({ channelUUID: text, epoch: text, seq: count }),
  unsubscribed: z.object({ channelUUID: text }),
  resumed: z.object({
    userUUID: text,
    channels: z.array(
      z.object({ channelUUID: text, epoch: text.optional(), seq: count.optional(), recovered: z.boolean() }),
    ),
  }),
  inbox: z.object({ epoch: text, seq: count, unread: count, recovered: z.boolean() }),
  inboxItem: z.object({
    seq: count,
    kind: z.enum(['message', 'mention', 'invite', 'kick', 'read', 'contact']),
    channelUUID: text,
    message: message.optional(),
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

const frameSchemas = new Map<string, z.ZodType>(
  Object.entries(serverPayloads).map(([type, payload]) => [
    type,
    z.object({ type: z.literal(type), ...marks, [type]: payload }),
  ]),
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
