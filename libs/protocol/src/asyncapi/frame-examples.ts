import type { z } from 'zod';
import type { ServerFrameType, serverPayloads } from '../server-frames.js';
import {
  ADA,
  AT,
  ada,
  BOB,
  bob,
  CLIENT_ID,
  CURSOR,
  EPOCH,
  GROUP,
  group,
  LATER,
  MESSAGE,
  message,
  PRIVATE,
  SESSION,
} from './example-values.js';

const change = {
  channelUUID: PRIVATE,
  UUID: MESSAGE,
  messageSeq: 7,
  Seq: 8,
  userUUID: ADA,
  at: LATER,
};
const bobInGroup = { channelUUID: GROUP, Seq: 13, userUUID: BOB };
const place = { channelUUID: GROUP, epoch: EPOCH, seq: 12 };

/** Payloads that show what each frame from the server may hold. */
export const FRAME_EXAMPLES: {
  readonly [T in ServerFrameType]: readonly z.input<(typeof serverPayloads)[T]>[];
} = {
  ready: [{ sessionUUID: SESSION }],
  pong: [{}],
  authorized: [
    { userUUID: ADA, accessKey: 'a secret' },
    { userUUID: ADA, accessKey: 'a secret', expiresAt: LATER },
  ],
  refresh: [{ userUUID: ADA, expiresAt: LATER }],
  signOut: [{ uuid: ADA }],
  users: [{ total: 2, received: 2, users: [ada, bob] }],
  channelJoin: [
    {
      recipientUUID: BOB,
      messages: [message],
      users: [ada, bob],
      usersTotal: 1,
      channelUUID: PRIVATE,
      epoch: EPOCH,
      seq: 7,
    },
  ],
  channelLeave: [{ recipientUUID: BOB }],
  channelMessage: [message],
  channelMessages: [
    { channelUUID: PRIVATE, messagesTotal: 1, messagesReceived: 1, messages: [message], hasMore: false },
  ],
  subscribed: [{ ...place, reads: [{ userUUID: BOB, seq: 11 }] }],
  unsubscribed: [{ channelUUID: GROUP }],
  resumed: [{ userUUID: ADA, channels: [{ ...place, recovered: true }] }],
  inbox: [{ epoch: EPOCH, seq: 3, unread: 1, recovered: true }],
  inboxItem: [
    { seq: 4, kind: 'message', channelUUID: PRIVATE, UUID: MESSAGE, messageSeq: 7, message },
    { seq: 5, kind: 'invite', channelUUID: GROUP, by: BOB },
    { seq: 6, kind: 'contact', channelUUID: '', by: BOB, userUUID: ADA, change: 'contactAdd' },
  ],
  passwordChange: [{ ended: 1 }],
  sessions: [{ total: 1, sessions: [{ sessionUUID: SESSION, current: true, usedAt: AT, expiresAt: LATER }] }],
  sessionsEnd: [{ ended: 1 }],
  accountDelete: [{ uuid: ADA }],
  ack: [{ UUID: MESSAGE, Seq: 7, ChannelUUID: PRIVATE, clientUUID: CLIENT_ID, CreatedAt: AT }],
  channelRead: [{ channelUUID: PRIVATE, seq: 7, unread: 0 }],
  typing: [{ channelUUID: PRIVATE, userUUID: ADA, username: 'Ada' }],
  messageEdit: [{ ...change, Message: 'Hello, dear Bob' }],
  messageDelete: [change],
  reaction: [{ ...change, reaction: '👍', remove: false, count: 1 }],
  channelCreate: [{ channel: group }],
  channels: [{ channels: [group], cursor: CURSOR }],
  channelSet: [{ channel: { ...group, topic: 'Difference engines too' } }],
  channelMembers: [{ channelUUID: GROUP, total: 1, members: [{ ...ada, role: 'owner' }] }],
  channelInvite: [{ channelUUID: GROUP, userUUIDs: [BOB], refused: [] }],
  channelKick: [{ ...bobInGroup, ban: true }],
  channelUnban: [bobInGroup],
  channelMute: [{ ...bobInGroup, mutedUntil: LATER }],
  channelRole: [{ ...bobInGroup, role: 'moderator' }],
  channelAudit: [
    { channelUUID: GROUP, entries: [{ at: AT, by: ADA, action: 'channelInvite', userUUID: BOB }] },
  ],
  contacts: [{ contacts: [bob], blocked: [] }],
  sys: [
    { type: 'signIn', signIn: { uuid: BOB, username: 'Bob' } },
    { type: 'channelEpoch', channelEpoch: { channelUUID: GROUP, epoch: EPOCH, from: 12 } },
    { type: 'announce', announce: { text: 'The chat restarts at noon.', at: AT } },
    { type: 'channelKick', channelKick: { ...bobInGroup, by: ADA, at: AT } },
    { type: 'channelRead', channelRead: { channelUUID: GROUP, userUUID: BOB, seq: 12 } },
  ],
  error: [
    {
      code: 500,
      name: 'RATE_LIMITED',
      message: 'Too many requests. Try again later.',
      error: 'Too many requests. Try again later.',
      payload: { type: 'users' },
      retryable: true,
      retryAfterMs: 250,
    },
  ],
};
