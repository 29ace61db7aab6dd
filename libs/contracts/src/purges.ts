import type { Contract } from './contract.js';
import type { NamedAccount } from './operators.js';
import type { Identity } from './users.js';

/** What the auth service answers to operators who purge a user. */
export type AuthPurgeContract = {
  /** Whose a username is. Changes nothing. Errors: USER_NOT_FOUND. */
  'auth.ownerOf': Contract<NamedAccount, { readonly user: Identity }>;
  /**
   * Deletes an account for ever, and ends its sessions everywhere: their connections are closed with 4501. The username is free
   * then. Idempotent. Without a username, what is left of a user who has none any more.
   */
  'auth.purge': Contract<
    { readonly userUUID: string; readonly username?: string | undefined },
    { readonly ended: number }
  >;
};

/** What the users service answers to operators who purge a user. */
export type UsersPurgeContract = {
  /** Removes a user from the directory for ever. The username is free then. Idempotent. */
  'users.purge': Contract<
    { readonly userUUID: string; readonly username?: string | undefined },
    Record<string, never>
  >;
};

/** What the channels service answers to operators who purge. */
export type ChannelsPurgeContract = {
  /**
   * Deletes for ever what is stored of a user in channels and inboxes, a part of it in each request. `cursor` says how to go on;
   * without one in the answer, it is done. The user should be gone from auth and users by then. May be repeated from the start.
   */
  'channels.purgeUser': Contract<
    { readonly userUUID: string; readonly cursor?: string | undefined },
    { readonly cursor?: string | undefined }
  >;
  /** Deletes for ever the messages of a channel, and what is noted of it. Idempotent, also for one that does not exist. */
  'channels.purgeChannel': Contract<{ readonly channelUUID: string }, Record<string, never>>;
};
