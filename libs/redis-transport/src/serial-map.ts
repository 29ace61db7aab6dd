/** The initial number of places. */
const FEWEST = 32;

/**
 * A map that numbers its members, for members that come and go all the time. The numbers rise and are never reused.
 *
 * V8's `Map` and `Set` allocate a new table every few additions, however few members they have, and link the old table to
 * it. Once one such table is in the old generation, all later ones, and what they held, are kept until the next major
 * collection. A client's requests outlived their replies that way. With this map they take a third less CPU (4 replicas, 1 client).
 */
export class SerialMap<T> {
  private numbers = new Array<number>(FEWEST).fill(-1);
  private members = new Array<T | undefined>(FEWEST).fill(undefined);
  private last = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** A number for another member. */
  next(): number {
    if (this.count * 2 >= this.members.length) this.grow();
    // A member that stays long keeps its place: later numbers that would fall on that place are skipped.
    do this.last++;
    while (this.numbers[this.place(this.last)] !== -1);
    return this.last;
  }

  /** @param number from `next()` */
  set(number: number, member: T): void {
    const place = this.place(number);
    this.numbers[place] = number;
    this.members[place] = member;
    this.count++;
  }

  /** Adds a member. Returns its number. */
  add(member: T): number {
    const number = this.next();
    this.set(number, member);
    return number;
  }

  get(number: number): T | undefined {
    const place = this.place(number);
    return this.numbers[place] === number ? this.members[place] : undefined;
  }

  /** Returns whether the member was there. */
  delete(number: number): boolean {
    const place = this.place(number);
    if (this.numbers[place] !== number) return false;
    this.numbers[place] = -1;
    this.members[place] = undefined;
    this.count--;
    return true;
  }

  /** The members with their numbers, as of now, oldest first. Costs a sort. */
  entries(): [number, T][] {
    const entries: [number, T][] = [];
    this.numbers.forEach((number, place) => {
      if (number !== -1) entries.push([number, this.members[place]!]);
    });
    return entries.sort(([a], [b]) => a - b);
  }

  /** The members as of now, oldest first. */
  values(): T[] {
    return this.entries().map(([, member]) => member);
  }

  private place(number: number): number {
    return number % this.members.length;
  }

  private grow(): void {
    const entries = this.entries();
    const places = this.members.length * 2;
    this.numbers = new Array<number>(places).fill(-1);
    this.members = new Array<T | undefined>(places).fill(undefined);
    this.count = 0;
    for (const [number, member] of entries) this.set(number, member);
  }
}
