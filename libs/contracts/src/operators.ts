import type { Message, User } from '@parley/protocol';
import type { SessionSummary } from './auth.js';
import type { Contract } from './contract.js';
import type { AuthKeyOperatorContract } from './keys.js';
import type { AuthTokenOperatorContract, ExternalUser } from './tokens.js';
import type { ContactsRequest, Identity } from './users.js';

/** A user as an operator names one: by the username, in any letter case. */
export interface NamedAccount {
  readonly username: string;
}

/**
 * Why an account may not be used. A ban is a judgement on its user, whose connections are closed with 4503. A disabled account
 * is out of use, and its connections are closed with 4501. One does not lift the other.
 */
export type Bar = 'banned' | 'disabled';

/** An account, and how many of its sessions a command has ended. */
export interface EndedReply {
  readonly user: Identity;
  readonly ended: number;
}

/** What the auth service stores of an account, without its password hash and keys. */
export interface StoredAccount {
  readonly user: Identity;
  /** Milliseconds of Redis's clock. */
  readonly createdAt: number;
  /** Since when it is barred, and why, in milliseconds. */
  readonly bars: Readonly<Partial<Record<Bar, number>>>;
  readonly sessions: readonly SessionSummary[];
  /** Who the user is to the team's own identity provider, if tokens sign the user in. */
  readonly external?: Required<ExternalUser> | undefined;
}

/** What has become of a page of users, from the newest to the oldest. */
export interface EndedPage {
  readonly users: number;
  /** How many of their sessions have ended. */
  readonly ended: number;
  /** How many users are left: `before` of the next page. */
  readonly left: number;
}

/**
 * The requests that the auth service answers to operators alone. Errors of those that name one: USER_NOT_FOUND for a name without an
 * account.
 */
export type AuthOperatorContract = {
  /** Bars an account: ends its sessions everywhere, and lets nobody sign in to it. Idempotent. */
  'auth.bar': Contract<NamedAccount & { readonly bar: Bar }, EndedReply>;
  /** Lifts a bar. `wasBarred` says whether there was one. Idempotent. */
  'auth.unbar': Contract<
    NamedAccount & { readonly bar: Bar },
    { readonly user: Identity; readonly wasBarred: boolean }
  >;
  /** Ends all sessions of an account: their connections are closed with 4501. */
  'auth.endSessionsOf': Contract<NamedAccount, EndedReply>;
  /** Ends all sessions of a page of users: of the newest, or of those before place `before` of the directory. Idempotent. */
  'auth.endSessionsOfAll': Contract<{ readonly before?: number | undefined }, EndedPage>;
  /** Deletes an account, as its user may with `auth.deleteAccount`. Idempotent. */
  'auth.delete': Contract<NamedAccount, EndedReply>;
  /** Returns what is stored of an account. */
  'auth.account': Contract<NamedAccount, StoredAccount>;
} & AuthTokenOperatorContract &
  AuthKeyOperatorContract;

/** A message in the export of a channel: as history shows it, without what depends on who reads it and when. */
export type ExportedMessage = Omit<Message, 'Sender' | 'Recipient' | 'reactions'> & {
  readonly Sender: Omit<User, 'OnLine'>;
  readonly Recipient?: Omit<User, 'OnLine'>;
  readonly reactions?: readonly { readonly reaction: string; readonly count: number }[];
};

/** What the channels service answers to operators who export an account or a channel. */
export type ChannelsExportContract = {
  /**
   * The private channels of a user that hold anything, with the partner of each; the user's own for notes to oneself. And the groups
   * that the user is or was in: the version before does not know them.
   */
  'channels.privateChannelsOf': Contract<
    { readonly userUUID: string },
    {
      readonly channels: readonly { readonly channelUUID: string; readonly partnerUUID: string }[];
      readonly groups?: readonly string[] | undefined;
    }
  >;
  /**
   * The messages of a user in one channel, by pages of the log: those of the page after the Seq `after`, none if others wrote it.
   * `after` of the answer says how to go on; without it, the log has ended.
   */
  'channels.messagesOf': Contract<
    { readonly userUUID: string; readonly channelUUID: string; readonly after: number },
    { readonly messages: readonly Message[]; readonly after?: number | undefined }
  >;
  /**
   * A page of the messages of a channel after the Seq `after`, the oldest first. `upTo` of the first answer goes into the next
   * requests, so that an export ends where the channel was when it began. `after` of the answer says how to go on; without it, the
   * export is done. Errors: CHANNEL_NOT_FOUND for one of which nothing is stored.
   */
  'channels.exportPage': Contract<
    { readonly channelUUID: string; readonly after: number; readonly upTo?: number | undefined },
    {
      readonly messages: readonly ExportedMessage[];
      readonly upTo: number;
      readonly after?: number | undefined;
    }
  >;
};

/** What the users service answers to operators who export an account. */
export type UsersExportContract = {
  /** A page of the contacts of a user and of those whom the user has blocked, as `users.contacts` returns it, without presence. */
  'users.contactsOf': Contract<
    ContactsRequest,
    {
      readonly contacts: readonly Identity[];
      readonly blocked: readonly Identity[];
      readonly cursor?: string | undefined;
    }
  >;
};
