import type { z } from 'zod';
import type { RequestType, requestPayloads } from '../requests.js';
import { BOB, CLIENT_ID, EPOCH, GROUP, MESSAGE, PRIVATE, SESSION } from './example-values.js';

const credentials = { username: 'Ada', password: 'correct horse battery staple' };
const TOKEN = 'eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';
/** It has the form of a key, and is none. */
const BOT_KEY = `pk_${'0'.repeat(16)}_${'0'.repeat(43)}`;
const bobInGroup = { channelUUID: GROUP, userUUID: BOB };
const aboutMessage = { channelUUID: PRIVATE, UUID: MESSAGE };

/** Payloads that show how each request is used. */
export const REQUEST_EXAMPLES: {
  readonly [T in RequestType]: readonly z.input<(typeof requestPayloads)[T]>[];
} = {
  ping: [{}],
  signUp: [credentials],
  signIn: [credentials, { token: TOKEN }, { token: BOT_KEY }],
  refresh: [{ token: TOKEN }],
  signOut: [{}],
  users: [{ offset: 0, limit: 100 }],
  channelJoin: [{ recipientUUID: BOB, limit: 10, order: 'asc' }, { channelUUID: GROUP }, {}],
  channelLeave: [{ recipientUUID: BOB }],
  channelMessage: [
    { recipientUUID: BOB, message: 'Hello, Bob', clientUUID: CLIENT_ID },
    { channelUUID: GROUP, message: 'Well, @Bob?', replyTo: MESSAGE },
  ],
  channelMessages: [
    { channelUUID: GROUP, before: 12, limit: 50 },
    { recipientUUID: BOB, offset: 0 },
  ],
  subscribe: [{ channelUUID: GROUP }],
  unsubscribe: [{ channelUUID: GROUP }],
  resume: [{ accessKey: 'the key of authorized', channels: [{ channelUUID: GROUP, epoch: EPOCH, seq: 12 }] }],
  passwordChange: [{ old: credentials.password, new: 'another horse entirely' }],
  sessions: [{}],
  sessionsEnd: [{ all: true }, { sessionUUIDs: [SESSION] }],
  accountDelete: [{ password: credentials.password }, { token: TOKEN }],
  inbox: [{}, { epoch: EPOCH, seq: 3 }],
  channelRead: [{ recipientUUID: BOB, seq: 7 }],
  typing: [{ recipientUUID: BOB }],
  messageEdit: [{ ...aboutMessage, message: 'Hello, dear Bob' }],
  messageDelete: [aboutMessage],
  reaction: [
    { ...aboutMessage, reaction: '👍' },
    { ...aboutMessage, reaction: '👍', remove: true },
  ],
  channelCreate: [{ name: 'Engines', private: false, topic: 'Analytical ones' }],
  channels: [{ scope: 'mine', limit: 20 }],
  channelSet: [{ channelUUID: GROUP, topic: 'Difference engines too' }],
  channelMembers: [{ channelUUID: GROUP, limit: 50 }],
  channelInvite: [bobInGroup, { channelUUID: GROUP, userUUIDs: [BOB] }],
  channelKick: [{ ...bobInGroup, ban: true }],
  channelUnban: [bobInGroup],
  channelMute: [{ ...bobInGroup, seconds: 600 }],
  channelRole: [{ ...bobInGroup, role: 'moderator' }],
  channelAudit: [{ channelUUID: GROUP }],
  contacts: [{ limit: 50 }],
  contactAdd: [{ userUUID: BOB }],
  contactRemove: [{ userUUID: BOB }],
  block: [{ userUUID: BOB }],
  unblock: [{ userUUID: BOB }],
};
