import type { User } from '@parley/protocol';
import type { Contract } from './contract.js';

/** Who somebody is: what never changes of a user. */
export interface Identity {
  readonly UUID: string;
  readonly Username: string;
}

/** A connection of a signed-in user, as presence counts them. */
export interface PresentConnection {
  readonly gatewayId: string;
  readonly connectionId: string;
  readonly user: Identity;
}

/** What the users service answers. */
export type UsersContract = {
  /** Claims a username for a user, idempotently. Errors: USERNAME_TAKEN. */
  'users.register': Contract<Identity, Identity>;
  /** The users among `UUIDs` that exist, in that order. At most 1,000 at once. */
  'users.lookup': Contract<{ readonly UUIDs: readonly string[] }, { readonly users: readonly User[] }>;
  /** A page of the directory, in the order of registration. */
  'users.list': Contract<
    { readonly offset: number; readonly limit: number },
    { readonly total: number; readonly users: readonly User[] }
  >;
  /**
   * Notes connections; `firsts` says of each whether it is its user's only one, so that they came online by it. Idempotent,
   * and a repeated request is answered alike. A gateway waits for the answer before it has a connection forgotten.
   */
  'users.connectAll': Contract<
    { readonly connections: readonly PresentConnection[] },
    { readonly firsts: readonly boolean[] }
  >;
  /**
   * Forgets connections; `lasts` says of each whether its user has none left, so that they went offline by it. Idempotent,
   * and a repeated request is answered alike.
   */
  'users.disconnectAll': Contract<
    { readonly connections: readonly PresentConnection[] },
    { readonly lasts: readonly boolean[] }
  >;
  /**
   * Keeps a gateway's users online for another lease. `known: false`: the lease had run out and its users
   * were taken offline, so the gateway has to note its connections again. The next renewal is due after `renewAfterMs`.
   */
  'users.renewLease': Contract<
    { readonly gatewayId: string },
    { readonly known: boolean; readonly renewAfterMs: number }
  >;
  /** Gives a lease up at once, with every user that hangs on it. */
  'users.endLease': Contract<{ readonly gatewayId: string }, Record<string, never>>;
};

/** To every replica of the gateway: these users went offline because their gateway died. */
export const USERS_WENT_OFFLINE = 'users.wentOffline';
export interface UsersWentOffline {
  readonly users: readonly Identity[];
}

/**
 * To one replica of each service: a gateway's lease ran out or was given up, so whatever hangs on that gateway
 * is to be forgotten.
 */
export const GATEWAY_ENDED = 'users.gatewayEnded';
export interface GatewayEnded {
  readonly gatewayId: string;
}

/** How long a gateway's users stay online without a renewal, in seconds (architecture, "Presence"). */
export const LEASE_SECONDS = 60;
