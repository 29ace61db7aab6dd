import type { Contract } from './contract.js';
import type { Identity } from './users.js';

/** A user as an operator names one: by the username, in any letter case. */
export interface NamedAccount {
  readonly username: string;
}

/**
 * Why an account may not be used. A ban is a judgement on its user, whose connections are closed with 4503. A disabled account
 * is out of use, and its connections are closed with 4501. One does not lift the other.
 */
export type Bar = 'banned' | 'disabled';

/** What an operator's command has done to an account. */
export interface BarReply {
  readonly user: Identity;
  /** How many sessions that ended. */
  readonly endedSessions: number;
}

/**
 * The requests that the auth service answers to operators alone. Errors of all of them: USER_NOT_FOUND for a name without an
 * account.
 */
export type AuthOperatorContract = {
  /** Bars an account: ends its sessions everywhere, and lets nobody sign in to it. Idempotent. */
  'auth.bar': Contract<NamedAccount & { readonly bar: Bar }, BarReply>;
};
