import type { Identity } from '@parley/contracts';
import type { Since } from '../redis/claim-username.js';

/** Injection token of the {@link Directory}. */
export const DIRECTORY = Symbol('directory');

/** Who claims a name, for those who are told of it: a new user, one who had another, or one who gets back the name of before. */
export type ClaimAs = 'new' | 'renamed' | 'before';

/** Users behind a place in the order of registration. */
export interface FollowingUsers {
  readonly users: Identity[];
  /** The place of the last of them; undefined where nobody follows. */
  readonly to: string | undefined;
  /** Whether there were fewer than asked for. */
  readonly isEnd: boolean;
}

/** The names of all users, in the order of registration. */
export interface Directory {
  /**
   * Claims `user.Username` for the user. Returns who the user is from now on: the spelling of the first claim stays.
   * Idempotent, and atomic against every other claim.
   * @param since when the user was made, for one who had another name; now by default.
   * @param as what is told of the claim; a new user by default.
   * @throws AppError USERNAME_TAKEN if another user has the name or one that looks like it, or the user has another name.
   */
  claim(user: Identity, since?: Since, as?: ClaimAs): Promise<Identity>;
  /** Removes a user. The name and what looks like it stay taken: not even this user can claim it again. Idempotent. */
  forget(userUUID: string): Promise<void>;
  /** Returns the users with these `UUIDs`, in that order; undefined for a user who does not exist. */
  find(UUIDs: readonly string[]): Promise<(Identity | undefined)[]>;
  /** When these users were made, in milliseconds; undefined for those from before that was noted. */
  createdAt(UUIDs: readonly string[]): Promise<(number | undefined)[]>;
  /** Returns the users with these names, in any letter case, without those that do not exist. */
  findNamed(names: readonly string[]): Promise<Identity[]>;
  /**
   * Removes a user for ever, whose name is free from then on. Idempotent.
   * @param Username the name, for a user who has none in the directory any more.
   * @param isToRename whether the user comes back under another name: then nobody is told that the account is gone.
   */
  purge(UUID: string, Username?: string, isToRename?: boolean): Promise<void>;
  /** Returns users in the order of registration from place `offset` (from 0), and how many there are in all. */
  page(offset: number, limit: number): Promise<{ total: number; users: Identity[] }>;
  /**
   * Returns users in the order of registration from behind a place, and the place of the last of them. One who registers or leaves
   * meanwhile moves nobody to another page.
   * @param place 0 for the beginning.
   */
  after(place: string, limit: number): Promise<FollowingUsers>;
  /**
   * Notes what the names of some more users look like, who are not noted yet: at most `most` of them, in the order of
   * registration. Names that look alike already both stay.
   * @returns how many are noted by now that this call found missing; 0 when every user is noted.
   */
  indexAlikes(most: number): Promise<number>;
}
