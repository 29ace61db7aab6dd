import type { Contract } from './contract.js';

/** What may happen to a user. The part before the point is the kind, by which webhooks ask for it. */
export const USER_EVENTS = [
  'user.online',
  'user.offline',
  'account.created',
  'account.updated',
  'account.banned',
  'account.unbanned',
  'account.disabled',
  'account.enabled',
  'account.deleted',
  'session.ended',
] as const;
export type UserEventType = (typeof USER_EVENTS)[number];

/** A kind of such events. */
export type UserEventKind = 'user' | 'account' | 'session';

/** Something that has happened to a user, as the step that made it so has written it down. */
export interface UserEvent {
  /** Where it was written down, and its id there: those of one stream are in order. */
  readonly stream: string;
  readonly id: string;
  /** Names the event where its stream does not: it may have been written down twice. */
  readonly key?: string | undefined;
  readonly type: UserEventType;
  /** The name is the one of then where the event is about it, and otherwise the present one; none for a user who is gone. */
  readonly user: { readonly UUID: string; readonly Username?: string | undefined };
  /** Milliseconds of Redis's clock. */
  readonly at: number;
  /** Of `session.ended`. */
  readonly sessionUUID?: string | undefined;
}

/** An event that another service has written down, on its way to the users service. */
export type NotedUserEvent = Omit<UserEvent, 'stream' | 'id' | 'user'> & {
  readonly key: string;
  readonly userUUID: string;
};

/** What the users service answers about what happens to users. The version before knows none of it. */
export type UserEventsContract = {
  /**
   * Returns events of these kinds, those of each stream in order. From now on these kinds are written down. `after` says up to which
   * entry the caller has each stream: that is forgotten. `more` says whether there are more.
   */
  'users.userEvents': Contract<
    { readonly kinds: readonly UserEventKind[]; readonly after: Readonly<Record<string, string>> },
    { readonly events: readonly UserEvent[]; readonly more: boolean }
  >;
  /** Which kinds are written down now. */
  'users.userEventKinds': Contract<Record<string, never>, { readonly kinds: readonly UserEventKind[] }>;
  /** Writes down what has happened elsewhere, in that order. */
  'users.noteUserEvents': Contract<{ readonly events: readonly NotedUserEvent[] }, Record<string, never>>;
};
