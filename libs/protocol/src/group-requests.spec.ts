import { describe, expect, it } from '@jest/globals';
import { decodeRequest } from './decode-request.js';
import { LIMITS } from './limits.js';
import type { RequestType } from './requests.js';

const decode = (type: RequestType, payload: object) =>
  decodeRequest(JSON.stringify({ type, [type]: payload }));

const channelUUID = '123e4567-e89b-12d3-a456-426614174000';
const userUUID = '123e4567-e89b-12d3-a456-426614174001';
const UUID = '123e4567-e89b-12d3-a456-426614174002';
const users = (count: number) => Array(count).fill(userUUID);
const long = (characters: number) => '😀'.repeat(characters);

const TAKEN: readonly [RequestType, object][] = [
  ['channelMessage', { message: 'x', replyTo: UUID }],
  ['channelRead', { seq: 0 }],
  ['channelRead', { recipientUUID: userUUID, seq: 7 }],
  ['typing', {}],
  ['messageEdit', { channelUUID, UUID, message: 'x' }],
  ['messageDelete', { recipientUUID: userUUID, UUID }],
  ['reaction', { UUID, reaction: long(LIMITS.reactionCharacters) }],
  ['reaction', { channelUUID, UUID, reaction: '👍', remove: true }],
  ['channelCreate', { name: long(LIMITS.groupNameCharacters), private: false }],
  ['channelCreate', { name: 'x', private: true, topic: long(LIMITS.topicCharacters) }],
  ['channels', { scope: 'mine' }],
  ['channels', { scope: 'public', cursor: 'c', limit: LIMITS.channelsPerPage }],
  ['channelSet', { channelUUID, topic: '' }],
  ['channelSet', { channelUUID, archived: false }],
  ['channelMembers', { channelUUID, limit: LIMITS.membersPerPage }],
  ['channelInvite', { channelUUID, userUUID }],
  ['channelInvite', { channelUUID, userUUIDs: users(LIMITS.invitesAtOnce) }],
  ['channelKick', { channelUUID, userUUID, ban: true }],
  ['channelUnban', { channelUUID, userUUID }],
  ['channelMute', { channelUUID, userUUID, seconds: 0 }],
  ['channelMute', { channelUUID, userUUID, seconds: LIMITS.muteSeconds }],
  ['channelRole', { channelUUID, userUUID, role: 'owner' }],
  ['channelAudit', { channelUUID }],
  ['contacts', {}],
  ['contactAdd', { userUUID }],
  ['contactRemove', { userUUID }],
  ['block', { userUUID }],
  ['unblock', { userUUID }],
];

const REFUSED: readonly [RequestType, object, string][] = [
  ['channelCreate', { name: '\u202e\u200b \u3164', private: true }, 'name: expected more than spaces'],
  ['channelMessage', { message: 'x', replyTo: 'it' }, 'replyTo: expected a UUID or nothing'],
  ['channelRead', {}, 'seq: expected a whole number'],
  ['channelRead', { seq: -1 }, 'seq: expected a whole number'],
  ['messageEdit', { message: 'x' }, 'UUID: expected a UUID'],
  ['messageEdit', { UUID, message: '' }, 'message: expected at least 1 character'],
  ['messageDelete', {}, 'UUID: expected a UUID'],
  ['reaction', { UUID, reaction: '' }, 'reaction: expected 1 to 32 characters'],
  ['reaction', { UUID, reaction: long(33) }, 'reaction: expected 1 to 32 characters'],
  ['reaction', { UUID, reaction: '\ud800' }, 'reaction: expected valid Unicode without lone surrogates'],
  ['reaction', { UUID, reaction: 'a\n' }, 'reaction: expected no control characters'],
  ['reaction', { UUID, reaction: 'x', remove: 1 }, 'remove: expected true or false'],
  ['channelCreate', { name: 'x' }, 'private: expected true or false'],
  ['channelCreate', { name: long(101), private: true }, 'name: expected 1 to 100 characters'],
  ['channelCreate', { name: ' ', private: true }, 'name: expected more than spaces'],
  ['channelCreate', { name: 'a\nb', private: true }, 'name: expected no control characters'],
  [
    'channelCreate',
    { name: 'x', private: true, topic: long(1001) },
    'topic: expected at most 1000 characters',
  ],
  ['channels', {}, 'scope: expected "mine" or "public"'],
  ['channels', { scope: 'mine', limit: 101 }, 'limit: expected a whole number from 1 to 100'],
  ['channels', { scope: 'mine', cursor: '' }, 'cursor: expected 1 to 256 characters'],
  ['channelSet', { name: 'x' }, 'channelUUID: expected a UUID'],
  ['channelInvite', { channelUUID, userUUIDs: [] }, 'userUUIDs: expected 1 to 100 UUIDs of users'],
  ['channelInvite', { channelUUID, userUUIDs: users(101) }, 'userUUIDs: expected 1 to 100 UUIDs of users'],
  ['channelKick', { channelUUID }, 'userUUID: expected a UUID'],
  ['channelMute', { channelUUID, userUUID, seconds: 0.5 }, 'seconds: expected a whole number'],
  ['channelRole', { channelUUID, userUUID, role: 'king' }, 'role: expected "owner", "moderator" or "member"'],
  ['contactAdd', {}, 'userUUID: expected a UUID'],
];

describe('requests about groups, changes and contacts', () => {
  it.each(TAKEN)('takes %s %j', (type, payload) => {
    expect(decode(type, payload).request).toMatchObject({ type, [type]: payload });
  });

  it.each(REFUSED)('refuses %s %j', (type, payload, expected) => {
    const { error } = decode(type, payload);
    expect(error).toMatchObject({
      name: 'INVALID_FIELD',
      message: expect.stringContaining(`${type}.${expected}`),
    });
  });

  it.each([
    ['channelInvite', { channelUUID }, 'expected either userUUID or userUUIDs'],
    [
      'channelInvite',
      { channelUUID, userUUID, userUUIDs: [userUUID] },
      'expected either userUUID or userUUIDs',
    ],
    ['channelSet', { channelUUID }, 'expected name, topic or archived'],
  ] as const)('refuses %s %j', (type, payload, expected) => {
    expect(decode(type, payload).error?.message).toBe(`${type}: ${expected}`);
  });

  it('says of a new text that is too long what it says of a message', () => {
    const message = long(LIMITS.messageCharacters + 1);
    expect(decode('messageEdit', { UUID, message }).error?.name).toBe('MESSAGE_TOO_LONG');
  });
});
