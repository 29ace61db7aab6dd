import type { ServerFrameType } from '@parley/protocol';

/** Whether a value may be what it is taken for. */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const flag: Check = (value) => typeof value === 'boolean';

const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));

/** A frame whose payload depends on its own `type`. */
const oneOf =
  (shapes: Readonly<Record<string, Check>>): Check =>
  (value) => {
    const { type } = (value ?? {}) as { type?: unknown };
    if (typeof type !== 'string' || !Object.hasOwn(shapes, type)) return false;
    return shape({ [type]: shapes[type]! })(value);
  };

const any = shape({});
const user = shape({ UUID: text, Username: text, OnLine: flag });
const users = list(user);
const message = shape({
  ...{ UUID: text, SenderUUID: text, Sender: user, RecipientUUID: text, Recipient: maybe(user) },
  ...{ Message: text, CreatedAt: text, ChannelUUID: text, Seq: count, deletedAt: maybe(text) },
  reactions: maybe(list(shape({ reaction: text, count, mine: flag }))),
  replyTo: maybe(shape({ UUID: text, Seq: count, SenderUUID: text, Username: text, excerpt: maybe(text) })),
  mentions: maybe(list(shape({ userUUID: text, username: text }))),
});
const messages = list(message);
const channel = shape({
  channelUUID: text,
  name: text,
  seq: count,
  unread: count,
  lastMessage: maybe(message),
});
const place = { channelUUID: text, epoch: text, seq: count };
const reads = maybe(list(shape({ userUUID: text, seq: count })));
const change = { channelUUID: text, UUID: text, messageSeq: count, Seq: count, userUUID: text, at: text };
const member = { channelUUID: text, Seq: count, userUUID: text };
const news = shape({ ...member, by: text });
const identity = shape({ uuid: text, username: text });

const sys = oneOf({
  signIn: identity,
  signOut: identity,
  channelJoin: any,
  channelEpoch: shape({ channelUUID: text, epoch: text, from: count }),
  inboxEpoch: shape({ epoch: text, from: count }),
  announce: shape({ text, at: text }),
  channelInvite: news,
  channelKick: news,
  channelUnban: news,
  channelMute: news,
  channelRole: news,
  channelSet: news,
  channelRead: shape({ channelUUID: text, userUUID: text, seq: count }),
});

/**
 * What a frame has to have for this client to work with it. It is less than the protocol's schemas say: those are a library that is
 * ten times the size of this client, and a server checks what it sends. A test compares the two.
 */
export const SHAPES: Readonly<Record<ServerFrameType, Check>> = {
  ready: any,
  pong: any,
  authorized: shape({ userUUID: text, accessKey: text, expiresAt: maybe(text) }),
  refresh: shape({ userUUID: text, expiresAt: text }),
  signOut: any,
  users: shape({ total: count, users }),
  channelJoin: shape({ ...place, recipientUUID: text, messages, users }),
  channelLeave: any,
  channelMessage: message,
  channelMessages: shape({ channelUUID: text, messages, hasMore: flag }),
  subscribed: shape({ ...place, reads }),
  unsubscribed: shape({ channelUUID: text }),
  resumed: shape({
    userUUID: text,
    channels: list(
      shape({ channelUUID: text, epoch: maybe(text), seq: maybe(count), recovered: flag, reads }),
    ),
  }),
  inbox: shape({ epoch: text, seq: count, unread: count, recovered: flag }),
  inboxItem: shape({ seq: count, kind: text, channelUUID: text, message: maybe(message) }),
  passwordChange: shape({ ended: count }),
  sessions: any,
  sessionsEnd: shape({ ended: count }),
  accountDelete: any,
  ack: shape({ UUID: text, Seq: count, ChannelUUID: text, CreatedAt: text }),
  channelRead: shape({ channelUUID: text, seq: count, unread: count }),
  typing: shape({ channelUUID: text, userUUID: text, username: text }),
  messageEdit: shape({ ...change, Message: maybe(text) }),
  messageDelete: shape(change),
  reaction: shape({ ...change, reaction: text, remove: flag, count }),
  channelCreate: shape({ channel }),
  channels: shape({ channels: list(channel), cursor: maybe(text) }),
  channelSet: shape({ channel }),
  channelMembers: shape({ channelUUID: text, members: users, cursor: maybe(text) }),
  channelInvite: shape({ channelUUID: text }),
  channelKick: shape(member),
  channelUnban: shape(member),
  channelMute: shape(member),
  channelRole: shape(member),
  channelAudit: shape({ entries: list(any), cursor: maybe(text) }),
  contacts: shape({ contacts: users, blocked: users, cursor: maybe(text) }),
  sys,
  error: shape({ name: text, message: text, retryable: flag, retryAfterMs: maybe(count) }),
};
