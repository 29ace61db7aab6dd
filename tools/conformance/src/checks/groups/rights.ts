import assert from 'node:assert/strict';
import { type Operation, rightOf } from '@parley/protocol';
import { type Check, section } from '../../check.js';
import type { Frame } from '../../peer.js';
import { show, type World } from '../../world.js';
import { requestById } from '../conversation.js';
import { errorIn } from '../expectations.js';
import { CALLERS, type Caller, groupOf, type RoledGroup, sevenUsers } from './group-world.js';

/** The request that an operation of the table is, on a user where it has one. Others have checks of their own. */
const REQUESTS: Partial<Record<Operation, (group: RoledGroup) => Frame | Promise<Frame>>> = {
  read: ({ channelUUID }) => requestById('channelMessages', channelUUID),
  join: ({ channelUUID }) => requestById('channelJoin', channelUUID),
  post: ({ channelUUID }) => requestById('channelMessage', channelUUID, { message: 'x' }),
  invite: ({ channelUUID, who }) =>
    requestById('channelInvite', channelUUID, { userUUIDs: [who.other.userUUID] }),
  kickMember: onUser('channelKick', 'other'),
  kickModerator: onUser('channelKick', 'otherModerator'),
  kickOwner: onUser('channelKick', 'owner'),
  banMember: onUser('channelKick', 'other', { ban: true }),
  banModerator: onUser('channelKick', 'otherModerator', { ban: true }),
  banOwner: onUser('channelKick', 'owner', { ban: true }),
  unban: onUser('channelUnban', 'banned'),
  muteMember: onUser('channelMute', 'other', { seconds: 60 }),
  muteModerator: onUser('channelMute', 'otherModerator', { seconds: 60 }),
  muteOwner: onUser('channelMute', 'owner', { seconds: 60 }),
  promote: onUser('channelRole', 'other', { role: 'moderator' }),
  demote: onUser('channelRole', 'otherModerator', { role: 'member' }),
  transfer: onUser('channelRole', 'otherModerator', { role: 'owner' }),
  set: ({ channelUUID }) => requestById('channelSet', channelUUID, { topic: 'other' }),
  archive: ({ channelUUID }) => requestById('channelSet', channelUUID, { archived: true }),
  audit: ({ channelUUID }) => requestById('channelAudit', channelUUID),
  react: onMessage('reaction', { reaction: 'x' }),
  editOthers: onMessage('messageEdit', { message: 'x' }),
  deleteOthers: onMessage('messageDelete'),
};

function onUser(type: string, whom: keyof RoledGroup['who'], more: object = {}) {
  return ({ channelUUID, who }: RoledGroup): Frame =>
    requestById(type, channelUUID, { userUUID: who[whom].userUUID, ...more });
}

/** A request about a message that another member has posted. */
function onMessage(type: string, more: object = {}) {
  return async ({ channelUUID, who }: RoledGroup): Promise<Frame> => {
    const posting = requestById('channelMessage', channelUUID, { message: 'of another' });
    const { ack } = await who.other.peer.ask(posting);
    return requestById(type, channelUUID, { UUID: ack.UUID, ...more });
  };
}

/** The owner quits by a kick of itself, and is not mute to itself: those are other operations. */
const isItself = (operation: Operation, caller: Caller): boolean =>
  caller === 'owner' && operation.endsWith('Owner');

/** Each role tries the operation in a group of its own. */
async function tryAll(world: World, operation: Operation): Promise<void> {
  const who = await sevenUsers(world);
  const callers = CALLERS.filter((caller) => !isItself(operation, caller));
  const groups = await Promise.all(callers.map(() => groupOf(who)));
  for (const [n, caller] of callers.entries()) {
    const request = await REQUESTS[operation]!(groups[n]!);
    const answer = await who[caller].peer.ask(request);
    const isAllowed = (rightOf(operation).roles as readonly string[]).includes(caller);
    if (isAllowed) assert.notEqual(answer.type, 'error', `${caller}: ${show(answer)}`);
    else errorIn(answer, 'FORBIDDEN');
  }
}

const checks = Object.fromEntries(
  Object.keys(REQUESTS).map((operation): [string, Check['run']] => [
    `${operation}: the roles of the table may, and no other`,
    (world) => tryAll(world, operation as Operation),
  ]),
);

/** Section 3, rights: each role by each operation. */
export const groupRights = section('3.24', 'Rights in groups', checks);
