import type { Identity } from '@parley/contracts';

/** Injection token of the {@link Directory}. */
export const DIRECTORY = Symbol('directory');

/** The names of all users, and the order in which they came. */
export interface Directory {
  /**
   * Makes `user.Username` theirs, and answers who the user is from now on (the spelling of the first claim stays).
   * Idempotent; atomic against every other claim.
   * @throws AppError USERNAME_TAKEN when another user has the name, or the user has another name.
   */
  claim(user: Identity): Promise<Identity>;
  /** Who each of `UUIDs` is, in that order, undefined for a user who does not exist. */
  find(UUIDs: readonly string[]): Promise<(Identity | undefined)[]>;
  /** Users in the order of registration from place `offset` (from 0), and how many there are in all. */
  page(offset: number, limit: number): Promise<{ total: number; users: Identity[] }>;
}
