/** Where what a user writes outlives the page: `localStorage`, or what works like it. */
export interface ChatStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * One value for each user, as JSON in a storage. It is read again each time, so that pages of one browser see what the others have
 * written. What cannot be read counts as absent: somebody has changed it. What cannot be written, because there is no storage, or it is
 * full or forbidden, lives as long as the page.
 */
export class Kept<T> {
  /** As JSON, by item. `null` stands for a value that could not be removed. */
  private readonly unwritten = new Map<string, string>();

  /**
   * @param name tells one kind of what is kept from another: the item of a user is `parley.<name>.<userUUID>`.
   * @param valueIn what an item says, as far as it can be understood; nothing if none of it can be.
   */
  constructor(
    private readonly storage: ChatStorage | undefined,
    private readonly name: string,
    private readonly valueIn: (value: unknown) => T | undefined,
  ) {}

  /** Of nobody, nothing is kept. */
  of(userUUID: string | undefined): T | undefined {
    if (userUUID === undefined) return undefined;
    const item = this.itemOf(userUUID);
    try {
      return this.valueIn(JSON.parse(this.unwritten.get(item) ?? this.storage?.getItem(item) ?? 'null'));
    } catch {
      return undefined;
    }
  }

  /** Nothing, in place of a value, removes it. */
  put(userUUID: string | undefined, value: T | undefined): void {
    if (userUUID === undefined) return;
    const item = this.itemOf(userUUID);
    const text = value === undefined ? undefined : JSON.stringify(value);
    this.unwritten.set(item, text ?? 'null');
    try {
      if (text === undefined) this.storage?.removeItem(item);
      else this.storage?.setItem(item, text);
      if (this.storage !== undefined) this.unwritten.delete(item);
    } catch {
      // Full or forbidden: it stays in memory.
    }
  }

  private itemOf(userUUID: string): string {
    return `parley.${this.name}.${userUUID}`;
  }
}

/** What users write, one value for each user and channel. */
export class KeptByChannel<T> {
  private readonly kept: Kept<Readonly<Record<string, unknown>>>;

  /**
   * @param name as that of `Kept`.
   * @param valueIn what a channel has kept, as far as it can be understood; nothing if none of it can be.
   */
  constructor(
    storage: ChatStorage | undefined,
    name: string,
    private readonly valueIn: (value: unknown) => T | undefined,
  ) {
    this.kept = new Kept(storage, name, (value) => (isRecord(value) ? value : undefined));
  }

  /** The key of each channel comes before what it has kept. The newest come last. */
  entriesOf(userUUID: string | undefined): readonly (readonly [string, T])[] {
    return Object.entries(this.kept.of(userUUID) ?? {}).flatMap(([channel, value]) => {
      const known = this.valueIn(value);
      return known === undefined ? [] : [[channel, known] as const];
    });
  }

  of(userUUID: string | undefined, channel: string): T | undefined {
    const all = this.kept.of(userUUID) ?? {};
    return Object.hasOwn(all, channel) ? this.valueIn(all[channel]) : undefined;
  }

  /** @param most how many channels may keep something: the oldest go first. */
  put(userUUID: string | undefined, channel: string, value: T | undefined, most: number): void {
    const { [channel]: before, ...others } = this.kept.of(userUUID) ?? {};
    if (before === undefined && value === undefined) return;
    const all = Object.entries(value === undefined ? others : { ...others, [channel]: value });
    this.kept.put(userUUID, all.length === 0 ? undefined : Object.fromEntries(all.slice(-most)));
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
