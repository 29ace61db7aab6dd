import assert from 'node:assert/strict';
import { MEMBER_ROLES, type MemberRole } from '@parley/protocol';
import { NotApplicable } from '../../not-applicable.js';
import type { Frame, Peer } from '../../peer.js';
import { type Member, show, type World } from '../../world.js';
import { requestById } from '../conversation.js';

/** Asks for something in a group, and resolves with the payload of the answer, which is of the request's type. */
export async function done(
  { peer }: { readonly peer: Peer },
  type: string,
  channelUUID: string,
  more: object = {},
): Promise<Frame> {
  const answer = await peer.ask(requestById(type, channelUUID, more));
  assert.equal(answer.type, type, show(answer));
  return answer[type];
}

/** A new group. @throws NotApplicable where the server knows none. */
export async function newGroup(owner: Member, isPrivate = true, name = 'a group'): Promise<string> {
  const answer = await owner.peer.ask({
    type: 'channelCreate',
    channelCreate: { name, private: isPrivate, topic: 'about' },
  });
  if (answer['error']?.name === 'UNKNOWN_TYPE') throw new NotApplicable('the server knows no groups');
  assert.equal(answer.type, 'channelCreate', show(answer));
  return answer['channelCreate'].channel.channelUUID;
}

/** Makes users members. */
export const invite = (by: Member, channelUUID: string, ...users: readonly Member[]): Promise<Frame> =>
  done(by, 'channelInvite', channelUUID, { userUUIDs: users.map(({ userUUID }) => userUUID) });

/** Subscribes to a channel by its id, and resolves with the answer's payload. */
export async function follow({ peer }: { readonly peer: Peer }, channelUUID: string): Promise<Frame> {
  const answer = await peer.ask(requestById('subscribe', channelUUID));
  assert.equal(answer.type, 'subscribed', show(answer));
  return answer['subscribed'];
}

/** Sends a text, and resolves with its `ack`. */
export async function say(
  { peer }: { readonly peer: Peer },
  channelUUID: string,
  message: string,
): Promise<Frame> {
  const answer = await peer.ask(requestById('channelMessage', channelUUID, { message }));
  assert.equal(answer.type, 'ack', show(answer));
  return answer['ack'];
}

/** Whether a frame tells the members of a group of such a change to a user. */
export const news =
  (type: string, userUUID?: string) =>
  ({ sys }: Frame): boolean =>
    sys?.type === type && (userUUID === undefined || sys[type].userUUID === userUUID);

/** Waits until a connection is told of a change to a user. @returns what is said of it. */
export async function told(
  { peer }: { readonly peer: Peer },
  type: string,
  userUUID?: string,
): Promise<Frame> {
  const { sys } = await peer.next(news(type, userUUID), `sys ${type}`);
  return sys[type];
}

/** All members of a group with their roles, as pages give them. */
export async function rolesIn(asking: Member, channelUUID: string): Promise<Map<string, MemberRole>> {
  const roles = new Map<string, MemberRole>();
  let cursor: string | undefined;
  do {
    const page = await done(asking, 'channelMembers', channelUUID, { cursor });
    for (const { UUID, role } of page['members']) roles.set(UUID, role);
    cursor = page['cursor'];
  } while (cursor !== undefined);
  return roles;
}

/** What a user can be to a group; `stranger` is an outsider to a private one. */
export const CALLERS = [...MEMBER_ROLES, 'outsider', 'banned'] as const;
export type Caller = (typeof CALLERS)[number];

/** A group with a user of each role, a second member and a second moderator, on both replicas. */
export interface RoledGroup {
  readonly channelUUID: string;
  readonly who: Readonly<Record<Caller | 'other' | 'otherModerator', Member>>;
}

/** Users for {@link groupOf}: they may be in many groups. @throws NotApplicable where the server knows no groups. */
export async function sevenUsers(world: World): Promise<RoledGroup['who']> {
  const owner = await world.join();
  await newGroup(owner);
  const [moderator, member, outsider, banned, other, otherModerator] = await world.joinMany(6);
  return {
    ...{ owner, moderator: moderator!, member: member!, outsider: outsider!, banned: banned! },
    ...{ other: other!, otherModerator: otherModerator! },
  };
}

/** A new group in which each user has the role of their name. */
export async function groupOf(who: RoledGroup['who'], isPrivate = false): Promise<RoledGroup> {
  const { owner, moderator, member, banned, other, otherModerator } = who;
  const channelUUID = await newGroup(owner, isPrivate);
  await invite(owner, channelUUID, moderator, member, other, otherModerator);
  for (const { userUUID } of [moderator, otherModerator])
    await done(owner, 'channelRole', channelUUID, { userUUID, role: 'moderator' });
  await done(owner, 'channelKick', channelUUID, { userUUID: banned.userUUID, ban: true });
  return { channelUUID, who };
}
