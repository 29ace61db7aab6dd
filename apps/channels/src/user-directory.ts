import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { shownUser, type UsersContract } from '@parley/contracts';
import type { User } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { LRUCache } from 'lru-cache';

/** Names kept at most. They change only when an account is deleted or purged, which each replica hears of. About 200 bytes each. */
export const NAMES_KEPT = 50_000;
/** How long a user's presence is used without another look-up, in milliseconds. */
export const PRESENCE_MS = 1_000;
/** Age of presence up to which a glance does not wait for a look-up, in milliseconds. */
export const GLANCE_MS = 10_000;
/**
 * How long a look-up that nobody waits for gathers others, in milliseconds. With 100 pairs of users at 500 messages per second in all,
 * there would be one for every fifth message.
 */
export const REFRESH_MS = 100;
/** How long a glance waits for a look-up at most, in milliseconds. */
const PATIENCE_MS = 250;
/** Deadline of a look-up, in milliseconds: another replica takes over from one that dies within that time. */
const LOOKUP_MS = 5_000;
/** UUIDs that `users.lookup` takes at once. */
const LOOKUP_SIZE = 1_000;

/** Injection token of the monotonic clock, in milliseconds, that the age of presence is measured with. */
export const PRESENCE_CLOCK = Symbol('presence clock');

/** What the directory asks of the users service. */
export type UserLookup = Pick<ServiceClient<UsersContract>, 'ask'>;

/**
 * Users by UUID, as the users service knows them. The look-ups of one turn of the event loop become one request. Names are
 * kept, presence is kept for a second, and the absence of a user is not kept at all.
 */
@Injectable()
export class UserDirectory {
  private readonly names = new LRUCache<string, string>({ max: NAMES_KEPT });
  private readonly presence: LRUCache<string, boolean>;
  /** Users whose presence is looked up with the next request. */
  private readonly stale = new Set<string>();
  /** Runs from the first of them that it gathers on; what is taken along by another request does not end it. */
  private gathering: NodeJS.Timeout | undefined;
  private batch: { readonly UUIDs: Set<string>; readonly found: Promise<Map<string, User>> } | undefined;

  constructor(
    @Inject(clientOf('users')) private readonly users: UserLookup,
    @Inject(PRESENCE_CLOCK) clock: { now(): number },
  ) {
    this.presence = new LRUCache({ max: NAMES_KEPT, ttl: PRESENCE_MS, ttlResolution: 0, perf: clock });
  }

  /**
   * Those among `UUIDs` who exist, with presence that is at most a second old.
   * @throws AppError UNAVAILABLE or OVERLOADED when the users service does not answer.
   */
  find(UUIDs: Iterable<string>): Promise<Map<string, User>> {
    return this.read(UUIDs, true);
  }

  /** As {@link find}, for users who are online or whose presence does not matter: `OnLine` is true for all of them. */
  findNames(UUIDs: Iterable<string>): Promise<Map<string, User>> {
    return this.read(UUIDs, false);
  }

  /**
   * One user, without a long wait. Presence is at most ten seconds old; when it is older than one, it is looked up after the
   * answer, together with that of others. When the users service is slow or away, a user whose name is known has the presence last known, or is offline.
   * @throws AppError as {@link find} for a user whose name is not known.
   */
  async glance(UUID: string): Promise<User | undefined> {
    const Username = this.names.get(UUID);
    if (Username === undefined) return (await this.find([UUID])).get(UUID);
    const age = PRESENCE_MS - this.presence.getRemainingTTL(UUID);
    const last = this.presence.get(UUID, { allowStale: true, noDeleteOnStaleGet: true });
    const known = shownUser({ UUID, Username }, last ?? false);
    if (last !== undefined && age <= GLANCE_MS) {
      if (age > PRESENCE_MS) this.refresh(UUID);
      return known;
    }
    const looked = this.fetch([UUID]).then(
      (found) => found.get(UUID),
      () => known,
    );
    return Promise.race([looked, patience(known)]);
  }

  /** Forgets a user who no longer exists: the next look-up finds nobody. */
  forget(UUID: string): void {
    this.names.delete(UUID);
    this.presence.delete(UUID);
  }

  private refresh(UUID: string): void {
    this.stale.add(UUID);
    this.gathering ??= setTimeout(() => this.refreshStale(), REFRESH_MS).unref();
  }

  private refreshStale(): void {
    this.gathering = undefined;
    // A request that somebody waited for may have taken all along. Where it fails, the next glance tries again.
    if (this.stale.size > 0) void this.fetch([]).catch(() => undefined);
  }

  private async read(UUIDs: Iterable<string>, withPresence: boolean): Promise<Map<string, User>> {
    const found = new Map<string, User>();
    const missing: string[] = [];
    for (const UUID of new Set(UUIDs)) {
      const Username = this.names.get(UUID);
      const OnLine = withPresence ? this.presence.get(UUID) : true;
      if (Username !== undefined && OnLine !== undefined)
        found.set(UUID, shownUser({ UUID, Username }, OnLine));
      else missing.push(UUID);
    }
    if (missing.length === 0) return found;
    const fetched = await this.fetch(missing);
    for (const UUID of missing) {
      const user = fetched.get(UUID);
      if (user !== undefined) found.set(UUID, withPresence ? user : { ...user, OnLine: true });
    }
    return found;
  }

  private fetch(missing: readonly string[]): Promise<Map<string, User>> {
    this.batch ??= this.openBatch();
    for (const UUID of missing) this.batch.UUIDs.add(UUID);
    return this.batch.found;
  }

  private openBatch() {
    const UUIDs = new Set<string>();
    const found = immediate().then(() => {
      this.batch = undefined;
      const wanted = new Set([...UUIDs, ...this.stale]);
      this.stale.clear();
      return this.ask([...wanted]);
    });
    return { UUIDs, found };
  }

  private async ask(UUIDs: readonly string[]): Promise<Map<string, User>> {
    const pages: (readonly string[])[] = [];
    for (let start = 0; start < UUIDs.length; start += LOOKUP_SIZE) {
      pages.push(UUIDs.slice(start, start + LOOKUP_SIZE));
    }
    const replies = await Promise.all(
      pages.map((page) => this.users.ask('users.lookup', { UUIDs: page }, { deadlineMs: LOOKUP_MS })),
    );
    const users = replies.flatMap((reply) => reply.users);
    for (const { UUID, Username, OnLine } of users) {
      this.names.set(UUID, Username);
      this.presence.set(UUID, OnLine);
    }
    return new Map(users.map((user) => [user.UUID, user]));
  }
}

/** `known` after the time that a glance waits. */
const patience = (known: User): Promise<User> => pause(PATIENCE_MS, known, { ref: false });
