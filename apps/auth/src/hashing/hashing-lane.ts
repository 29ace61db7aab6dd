import type { Later, WaitingHashing } from './waiting-hashing.js';

/** Hashings that wait, by username. The names take turns, and each name's are in order. */
export class NameTurns {
  private names = new Map<string, WaitingHashing[]>();
  private count = 0;
  private held: { readonly until: number; readonly by: Later } | undefined;

  get size(): number {
    return this.count;
  }

  /** Lets none of them run until `time`. */
  hold(time: number, by: Later): void {
    this.held = { until: time, by };
  }

  add(hashing: WaitingHashing): void {
    this.of(hashing).push(hashing);
    this.count += 1;
  }

  /** Puts a hashing back that had its turn and could not run. It is the next one as soon as it may run. */
  putBack(hashing: WaitingHashing): void {
    const { name } = hashing.client;
    const rest = this.names.get(name) ?? [];
    this.names.delete(name);
    this.names = new Map([[name, [hashing, ...rest]], ...this.names]);
    this.count += 1;
  }

  /** The one whose turn it is, if any may run at `now`. */
  next(now: number): WaitingHashing | undefined {
    if (this.held !== undefined && now < this.held.until) return undefined;
    for (const [first] of this.names.values()) if (first && first.readyAt <= now) return first;
    return undefined;
  }

  /** Takes out the one that {@link next} returned. Its name's next turn comes after those of the others. */
  take(hashing: WaitingHashing): void {
    const { name } = hashing.client;
    const [, ...rest] = this.names.get(name) ?? [];
    this.names.delete(name);
    if (rest.length > 0) this.names.set(name, rest);
    this.count -= 1;
  }

  /** Takes out the newest of the name that came last. */
  takeNewest(): WaitingHashing | undefined {
    const [name, waiting] = [...this.names].at(-1) ?? [];
    const newest = waiting?.pop();
    if (name === undefined || newest === undefined) return undefined;
    if (waiting?.length === 0) this.names.delete(name);
    this.count -= 1;
    return newest;
  }

  /** Tells the client of a hashing that was taken out that it does not run. */
  refuse(hashing: WaitingHashing): void {
    hashing.refuse(hashing.error ?? this.held?.by.error);
  }

  /** Takes out those that came before `time`. */
  takeOlder(time: number): WaitingHashing[] {
    const older: WaitingHashing[] = [];
    for (const [name, waiting] of this.names) {
      const younger = waiting.filter(({ since }) => since >= time);
      if (younger.length === waiting.length) continue;
      older.push(...waiting.filter(({ since }) => since < time));
      if (younger.length > 0) this.names.set(name, younger);
      else this.names.delete(name);
    }
    this.count -= older.length;
    return older;
  }

  private of({ client: { name } }: WaitingHashing): WaitingHashing[] {
    const waiting = this.names.get(name) ?? [];
    if (waiting.length === 0) this.names.set(name, waiting);
    return waiting;
  }
}

/** The hashings of one network that wait. */
export class HashingLane {
  /** Of users who have signed in from this network before. */
  readonly known = new NameTurns();
  readonly others = new NameTurns();
  /** Hashing time that the network has used lately, in milliseconds. */
  spentMs = 0;

  get size(): number {
    return this.known.size + this.others.size;
  }
}
