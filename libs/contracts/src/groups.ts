import type { AuditEntry, ChannelInfo, ChannelMember, MemberRole } from '@parley/protocol';
import type { Contract } from './contract.js';
import type { Identity } from './users.js';

/** A user who does something in a group. */
export interface InGroup {
  readonly user: Identity;
  readonly channelUUID: string;
}

/** Something that is done in a group to another user. */
export interface ToMember extends InGroup {
  readonly userUUID: string;
}

/** A page of a list: `cursor` is that of the page before. */
export interface PageOf {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** The Seq of the entry that a change is; 0 where nothing has changed. */
export interface Entry {
  readonly seq: number;
}

/** Why a user was not invited. */
export interface NotInvited {
  readonly userUUID: string;
  readonly name: 'USER_NOT_FOUND' | 'FORBIDDEN' | 'LIMIT_REACHED';
}

/**
 * What the channels service answers about groups. Errors of all that name one: CHANNEL_NOT_FOUND for a private group that the user
 * is no member of, as for one that does not exist; FORBIDDEN for who is no member of a public one, and for a member whose role does not
 * allow it. What changes a group is told to its members by entries of its log. Each may be repeated.
 */
export type GroupsContract = {
  /** Makes a group with this id. Errors: LIMIT_REACHED for a user who is in too many. */
  'channels.createGroup': Contract<
    InGroup & { readonly name: string; readonly topic: string; readonly private: boolean },
    { readonly channel: ChannelInfo }
  >;
  /** Renames a group, changes its topic, archives it or brings it back. */
  'channels.setGroup': Contract<
    InGroup & {
      readonly name?: string | undefined;
      readonly topic?: string | undefined;
      readonly archived?: boolean | undefined;
    },
    { readonly channel: ChannelInfo }
  >;
  /** A group as the user sees it. Errors: CHANNEL_NOT_FOUND. */
  'channels.readGroup': Contract<InGroup, { readonly channel: ChannelInfo }>;
  /** The groups of a user, or all public ones, the newest first. */
  'channels.listGroups': Contract<
    { readonly user: Identity; readonly scope: 'mine' | 'public' } & PageOf,
    { readonly channels: readonly ChannelInfo[]; readonly cursor?: string | undefined }
  >;
  /** Makes users members, at most 100 at once. Members from before count as invited. */
  'channels.invite': Contract<
    InGroup & { readonly userUUIDs: readonly string[] },
    { readonly invited: readonly string[]; readonly refused: readonly NotInvited[] }
  >;
  /** Removes a member, and bans the user if `ban` is set; a user who removes itself quits. */
  'channels.kick': Contract<ToMember & { readonly ban: boolean }, Entry>;
  'channels.unban': Contract<ToMember, Entry>;
  /** Lets a member write nothing for some seconds; 0 ends that. Errors: USER_NOT_FOUND for who is no member. */
  'channels.mute': Contract<
    ToMember & { readonly seconds: number },
    Entry & { readonly mutedUntil?: string | undefined }
  >;
  /** Gives a member another role. Who gives the ownership away is a moderator then. Errors: USER_NOT_FOUND for who is no member. */
  'channels.setRole': Contract<ToMember & { readonly role: MemberRole }, Entry>;
  /** The members of a group, in the order in which they came. */
  'channels.members': Contract<
    InGroup & PageOf,
    {
      readonly members: readonly ChannelMember[];
      readonly total: number;
      readonly cursor?: string | undefined;
    }
  >;
  /** What was changed in a group, the newest first. */
  'channels.audit': Contract<
    InGroup & PageOf,
    { readonly entries: readonly AuditEntry[]; readonly cursor?: string | undefined }
  >;
};
