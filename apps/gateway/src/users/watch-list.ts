import { refusedWatches } from '../metrics.js';
import type { Connection } from '../socket/connection.js';

/** Users whom one user watches at most, on all connections to this gateway. */
export const WATCHES_PER_USER = 1_000;

/** A user with connections here. */
interface Watcher {
  readonly userUUID: string;
  readonly connections: Set<Connection>;
  /** Those of `watched` whom the user has met since the connections began: no source may know them yet. */
  readonly met: Set<string>;
  readonly watched: Set<string>;
}

/** Bounds of a list: users whom one user watches, and who are watched in all. */
export interface WatchBounds {
  readonly perUser: number;
  readonly inAll: number;
}

/** Which users with connections here watch which other users. What would exceed a bound is refused and counted. */
export class WatchList {
  private readonly watchers = new Map<string, Watcher>();
  private readonly watched = new Map<string, Set<Watcher>>();

  /** @param changed is told when somebody begins to be watched here, and when nobody watches them any more. */
  constructor(
    private readonly bounds: WatchBounds,
    private readonly changed: (userUUID: string, isWatched: boolean) => void,
  ) {}

  /** How many users are watched. */
  get size(): number {
    return this.watched.size;
  }

  /** Whether the user watches. */
  has(userUUID: string): boolean {
    return this.watchers.has(userUUID);
  }

  /** Whether a connection is the one that speaks for its user. */
  isFirstOf(userUUID: string, connection: Connection): boolean {
    const [first] = this.watchers.get(userUUID)?.connections ?? [];
    return first === connection;
  }

  /** From now on this connection hears of whom its user watches. @returns whether it is the user's first one here. */
  enter(userUUID: string, connection: Connection): boolean {
    const known = this.watchers.get(userUUID);
    known?.connections.add(connection);
    if (known !== undefined) return false;
    const connections = new Set([connection]);
    this.watchers.set(userUUID, { userUUID, connections, met: new Set(), watched: new Set() });
    return true;
  }

  /** The connection no longer listens. With the last one, the user watches nobody any more. */
  leave(userUUID: string, connection: Connection): void {
    const watcher = this.watchers.get(userUUID);
    if (!watcher?.connections.delete(connection) || watcher.connections.size > 0) return;
    this.watchers.delete(userUUID);
    for (const UUID of watcher.watched) this.remove(watcher, UUID);
  }

  /** The user watches these, and those whom the user has met. Without effect for a user who does not watch. */
  set(userUUID: string, UUIDs: Iterable<string>): void {
    const watcher = this.watchers.get(userUUID);
    if (watcher === undefined) return;
    const wanted = new Set([...watcher.met, ...UUIDs]);
    for (const UUID of watcher.watched) {
      if (wanted.has(UUID)) continue;
      watcher.watched.delete(UUID);
      this.remove(watcher, UUID);
    }
    for (const UUID of wanted) this.add(watcher, UUID);
  }

  /** The user watches one more, until the last connection leaves. Without effect for a user who does not watch. */
  meet(userUUID: string, UUID: string): void {
    const watcher = this.watchers.get(userUUID);
    if (watcher !== undefined && this.add(watcher, UUID)) watcher.met.add(UUID);
  }

  /** The connections whose users watch this user. */
  connectionsFor(userUUID: string): Connection[] {
    const watchers = this.watched.get(userUUID) ?? [];
    return [...watchers].flatMap(({ connections }) => [...connections]);
  }

  /** @returns whether the user is watched now. */
  private add(watcher: Watcher, UUID: string): boolean {
    if (UUID === watcher.userUUID) return false;
    if (watcher.watched.has(UUID)) return true;
    const others = this.watched.get(UUID);
    const bound = this.boundFor(watcher, others === undefined);
    if (bound !== undefined) {
      refusedWatches.inc({ bound });
      return false;
    }
    watcher.watched.add(UUID);
    if (others !== undefined) {
      others.add(watcher);
      return true;
    }
    this.watched.set(UUID, new Set([watcher]));
    this.changed(UUID, true);
    return true;
  }

  private boundFor(watcher: Watcher, isNew: boolean): 'user' | 'gateway' | undefined {
    if (watcher.watched.size >= this.bounds.perUser) return 'user';
    return isNew && this.watched.size >= this.bounds.inAll ? 'gateway' : undefined;
  }

  private remove(watcher: Watcher, UUID: string): void {
    const others = this.watched.get(UUID);
    if (!others?.delete(watcher) || others.size > 0) return;
    this.watched.delete(UUID);
    this.changed(UUID, false);
  }
}
