import type { User } from '@parley/protocol';
import type { Contract, PartedContract } from './contract.js';
import type { UserEventsContract } from './user-events.js';

/** Who a user is. The username changes only if an identity provider gives another one. */
export interface Identity {
  readonly UUID: string;
  readonly Username: string;
}

/** A user with the time at which the user was made, in RFC 3339. It is absent for users from before it was noted. */
export type DatedUser = User & { readonly createdAt?: string | undefined };

/** With `dated`, the users of the answer have the time at which each was made. The version before leaves it out. */
export interface MayBeDated {
  readonly dated?: true | undefined;
}

/** What an identity provider says of a user besides the username. */
export interface ShownProfile {
  /** What people call the user: 1 to 100 characters in one line. Unlike a username it may be that of others, too. */
  readonly Name?: string | undefined;
  /** An `https:` address. */
  readonly Picture?: string | undefined;
}

/** A connection of a signed-in user, as presence counts them. */
export interface PresentConnection {
  readonly gatewayId: string;
  readonly connectionId: string;
  readonly user: Identity;
}

/**
 * Who is told who comes online and goes offline: everyone; `both`, which is everyone while gateways already watch the users whom
 * theirs know; or these watchers alone. A service of the release before does not say: everyone.
 */
export type PresenceReach = 'everyone' | 'both' | 'watchers';

/** The requests that the users service answers. */
export type UsersContract = {
  /** Claims a username for a user. Idempotent. Errors: USERNAME_TAKEN, also if the name looks like another one. */
  'users.register': Contract<Identity, Identity>;
  /**
   * Gives a user another username, or a first one. Idempotent. Errors: USERNAME_TAKEN, and the user keeps the name of before. A service
   * of the release before does not know it.
   */
  'users.rename': Contract<Identity, Identity>;
  /**
   * Shows from now on what an identity provider says of a user, in place of what was shown before. Idempotent. Errors: USER_NOT_FOUND. A
   * service of the release before does not know it.
   */
  'users.setProfile': Contract<{ readonly UUID: string } & ShownProfile, Record<string, never>>;
  /** Returns the users among `UUIDs` (at most 1,000) that exist, in that order; `withProfiles` with their `Name` and `Picture`. */
  'users.lookup': Contract<
    MayBeDated & { readonly UUIDs: readonly string[]; readonly withProfiles?: true | undefined },
    { readonly users: readonly DatedUser[] }
  >;
  /** Returns the users with these names (at most 1,000), in any letter case; those that do not exist are left out. */
  'users.lookupNames': Contract<
    { readonly names: readonly string[] },
    { readonly users: readonly Identity[] }
  >;
  /** Returns a page of the directory, in the order of registration. */
  'users.list': Contract<
    { readonly offset: number; readonly limit: number },
    { readonly total: number; readonly users: readonly User[] }
  >;
  /**
   * Returns the users who follow `cursor` in the order of registration, or the first ones. The last page has no `cursor`. Errors:
   * INVALID_FIELD.
   */
  'users.page': Contract<
    MayBeDated & { readonly cursor?: string | undefined; readonly limit: number },
    { readonly users: readonly DatedUser[]; readonly cursor?: string | undefined }
  >;
  /**
   * Returns users whose names begin with `prefix`, in any letter case, in the order of their names from behind `cursor`. Users who are gone
   * are left out, so that a page may have fewer. Errors: INVALID_FIELD.
   */
  'users.search': Contract<
    MayBeDated & { readonly prefix: string; readonly cursor?: string | undefined; readonly limit: number },
    { readonly users: readonly DatedUser[]; readonly cursor?: string | undefined }
  >;
  /**
   * Notes connections. `firsts` tells whether each is its user's only one, which means that it brought the user online.
   * Idempotent, and a repeated request gets the same reply. A gateway awaits the reply before it disconnects a connection.
   */
  'users.connectAll': PartedContract<
    { readonly connections: readonly PresentConnection[] },
    { readonly isFirst: boolean; readonly reach?: PresenceReach },
    { readonly firsts: readonly boolean[]; readonly reach?: PresenceReach }
  >;
  /**
   * Forgets connections. `lasts` tells for each whether its user has none left, which means that the user went offline.
   * Idempotent, and a repeated request gets the same reply.
   */
  'users.disconnectAll': PartedContract<
    { readonly connections: readonly PresentConnection[] },
    { readonly isLast: boolean; readonly reach?: PresenceReach },
    { readonly lasts: readonly boolean[]; readonly reach?: PresenceReach }
  >;
  /**
   * Keeps a gateway's users online for another lease. `known: false` means that the lease had run out and the users went
   * offline, so the gateway has to note its connections again. The next renewal is due after `renewAfterMs`.
   */
  'users.renewLease': Contract<
    { readonly gatewayId: string },
    { readonly known: boolean; readonly renewAfterMs: number; readonly reach?: PresenceReach }
  >;
  /** Gives a gateway's lease up at once. Its users go offline, except those with connections to other gateways. */
  'users.endLease': Contract<{ readonly gatewayId: string }, Record<string, never>>;
  /**
   * Returns a page of a user's contacts and one of those whom the user has blocked, each of at most `limit`, those added last
   * first. Users whose accounts are gone are left out, so that a page may have fewer. Errors: INVALID_FIELD.
   */
  'users.contacts': Contract<ContactsRequest, ContactsReply>;
  /** Returns, for each user, the contacts that were added last: at most `most`, also those whose accounts are gone. */
  'users.contactUUIDs': PartedContract<
    { readonly users: readonly string[]; readonly most: number },
    { readonly contacts: readonly string[] }
  >;
  /** Puts a user on the list of contacts of another. Idempotent. Errors: USER_NOT_FOUND, LIMIT_REACHED. */
  'users.addContact': Contract<ListedUser, Record<string, never>>;
  /** Takes a user off the list of contacts. Idempotent. Errors: USER_NOT_FOUND for one who is neither there nor a user. */
  'users.removeContact': Contract<ListedUser, Record<string, never>>;
  /**
   * Puts a user on the list of the blocked, which the channels service asks for once it refuses that user's messages. Idempotent.
   * Errors: USER_NOT_FOUND, LIMIT_REACHED.
   */
  'users.listBlocked': Contract<ListedUser, Record<string, never>>;
  /** Takes a user off the list of the blocked. Idempotent. Errors: USER_NOT_FOUND for one who is neither there nor a user. */
  'users.unlistBlocked': Contract<ListedUser, Record<string, never>>;
} & UserEventsContract;

/** A page of the lists of a user. */
export interface ContactsRequest {
  readonly userUUID: string;
  /** Where the page begins: `cursor` of the answer before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A page of contacts and of blocked users. */
export interface ContactsReply {
  readonly contacts: readonly User[];
  readonly blocked: readonly User[];
  /** Where the next page begins. Without one, both lists end here. */
  readonly cursor?: string | undefined;
}

/** Another user on a list of `userUUID`. */
export interface ListedUser {
  readonly userUUID: string;
  readonly otherUUID: string;
}

/**
 * To one replica of each service: a user has changed a list. It comes at least once for each change that was made, also for one
 * that changed nothing if its request was handled again.
 */
export const CONTACTS_CHANGED = 'users.contactsChanged';
export interface ContactsChanged extends ListedUser {
  readonly change: 'contactAdd' | 'contactRemove' | 'block' | 'unblock';
  /** Names the request: the same where a change is told again. The version before did not say. */
  readonly key?: string;
}

/** To every replica of the gateway: these users went offline because their gateway died. */
export const USERS_WENT_OFFLINE = 'users.wentOffline';
export interface UsersWentOffline {
  readonly users: readonly Identity[];
  readonly reach?: PresenceReach;
}

/**
 * To one replica of each service: a gateway's lease has run out or was given up, so what is noted of that gateway's
 * connections must be forgotten.
 */
export const GATEWAY_ENDED = 'users.gatewayEnded';
export interface GatewayEnded {
  readonly gatewayId: string;
}

/** How long a gateway's users stay online without a renewal, in seconds (docs/architecture.md, "Presence"). */
export const LEASE_SECONDS = 60;
