/** The roles of those who are in a group, the one with the most rights first. A group always has one owner. */
export const MEMBER_ROLES = ['owner', 'moderator', 'member'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

/** What a user can be to a group. An outsider is no member; a private group has rights for its members alone. */
export const ROLES = [...MEMBER_ROLES, 'outsider', 'banned'] as const;
export type Role = (typeof ROLES)[number];

/** Who may do something in a channel, and when. */
export interface Right {
  /** The requests that do it. */
  readonly requests: string;
  readonly roles: readonly Role[];
  /** Whether a muted member may do it. */
  readonly whileMuted: boolean;
  /** Whether it may be done in an archived group. */
  readonly whileArchived: boolean;
}

const MEMBERS = MEMBER_ROLES;
const MODERATORS = ['owner', 'moderator'] as const;
const OWNER = ['owner'] as const;

const always = { whileMuted: true, whileArchived: true } as const;
const unlessArchived = { whileMuted: true, whileArchived: false } as const;
const speaking = { whileMuted: false, whileArchived: false } as const;

/**
 * Who may do what in a channel: the one table that the services ask, the tests walk through and docs/protocol.md shows. Both users of a
 * private channel, and everyone in the general channel whom operators have not made a moderator, are members. Where an operation has a
 * user as its object, the operation's name says which role that user has.
 */
export const RIGHTS = {
  read: {
    requests: '`channelMessages`, `channelRead`, `channelMembers`, `resume`',
    roles: MEMBERS,
    ...always,
  },
  join: { requests: '`channelJoin`, `subscribe`', roles: [...MEMBERS, 'outsider'], ...always },
  quit: { requests: '`channelKick` of oneself', roles: MEMBERS, ...always },
  post: { requests: '`channelMessage`, `typing`', roles: MEMBERS, ...speaking },
  react: { requests: '`reaction`', roles: MEMBERS, ...speaking },
  editOwn: { requests: '`messageEdit` of an own message', roles: MEMBERS, ...speaking },
  editOthers: { requests: '`messageEdit` of another message', roles: [], ...speaking },
  deleteOwn: { requests: '`messageDelete` of an own message', roles: MEMBERS, ...always },
  deleteOthers: { requests: '`messageDelete` of another message', roles: MODERATORS, ...always },
  invite: { requests: '`channelInvite`', roles: MODERATORS, ...unlessArchived },
  kickMember: { requests: '`channelKick` of a member', roles: MODERATORS, ...always },
  kickModerator: { requests: '`channelKick` of a moderator', roles: OWNER, ...always },
  kickOwner: { requests: '`channelKick` of the owner', roles: [], ...always },
  banMember: { requests: '`channelKick` of a member or outsider with `ban`', roles: MODERATORS, ...always },
  banModerator: { requests: '`channelKick` of a moderator with `ban`', roles: OWNER, ...always },
  banOwner: { requests: '`channelKick` of the owner with `ban`', roles: [], ...always },
  unban: { requests: '`channelUnban`', roles: MODERATORS, ...always },
  muteMember: { requests: '`channelMute` of a member', roles: MODERATORS, ...always },
  muteModerator: { requests: '`channelMute` of a moderator', roles: OWNER, ...always },
  muteOwner: { requests: '`channelMute` of the owner', roles: [], ...always },
  promote: { requests: '`channelRole` that makes a member a moderator', roles: MODERATORS, ...always },
  demote: { requests: '`channelRole` that makes a moderator a member', roles: OWNER, ...always },
  stepDown: {
    requests: '`channelRole` that makes oneself a member',
    roles: ['moderator', 'member'],
    ...always,
  },
  transfer: { requests: '`channelRole` that makes a member or moderator the owner', roles: OWNER, ...always },
  set: { requests: '`channelSet` of `name` and `topic`', roles: MODERATORS, ...unlessArchived },
  archive: { requests: '`channelSet` of `archived`', roles: MODERATORS, ...always },
  audit: { requests: '`channelAudit`', roles: MODERATORS, ...always },
} as const satisfies Record<string, Right>;

/** Something that a user may or may not do in a channel. */
export type Operation = keyof typeof RIGHTS;

/** All operations, in the table's order. */
export const OPERATIONS = Object.keys(RIGHTS) as readonly Operation[];

/** What holds for a user and a group at the moment. */
export interface RightState {
  readonly isMuted?: boolean;
  readonly isArchived?: boolean;
}

/** The row of an operation. */
export const rightOf = (operation: Operation): Right => RIGHTS[operation];

/**
 * Whether a user of this role may do it. Without a role, nothing: the user is no member, and the group is private.
 */
export function may(role: Role | undefined, operation: Operation, state: RightState = {}): boolean {
  const right = rightOf(operation);
  if (role === undefined || !right.roles.includes(role)) return false;
  return (right.whileMuted || !state.isMuted) && (right.whileArchived || !state.isArchived);
}

/** What is done to another user. */
export type Sanction = 'kick' | 'ban' | 'mute';

const SANCTIONS = {
  kick: { owner: 'kickOwner', moderator: 'kickModerator', member: 'kickMember' },
  ban: { owner: 'banOwner', moderator: 'banModerator', member: 'banMember' },
  mute: { owner: 'muteOwner', moderator: 'muteModerator', member: 'muteMember' },
} as const satisfies Record<Sanction, Record<MemberRole, Operation>>;

/** The operation that a sanction is, by the role of the user whom it hits. */
export const sanctionOf = (sanction: Sanction, target: MemberRole): Operation => SANCTIONS[sanction][target];
