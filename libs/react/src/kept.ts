/** Where what a user writes outlives the page: `localStorage`, or what works like it. */
export interface ChatStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** What is kept of a user, by channel. */
type ByChannel<T> = Readonly<Record<string, T>>;

/**
 * What users write, one item of a storage for each user. It is read again before each change, so that pages of one browser keep
 * what the others have written. What cannot be read counts as absent: somebody has changed it. What cannot be written, because the
 * storage is full or forbidden, lives as long as the page.
 */
export class Kept<T> {
  /**
   * @param name tells one kind of what is kept from another: the item of a user is `parley.<name>.<userUUID>`.
   * @param valueIn what a channel has kept, as far as it can be understood; nothing if none of it can be.
   */
  constructor(
    private readonly storage: ChatStorage | undefined,
    private readonly name: string,
    private readonly valueIn: (value: unknown) => T | undefined,
  ) {}

  /** The key of each channel comes before what it has kept. The newest come last. */
  entriesOf(userUUID: string | undefined): readonly (readonly [string, T])[] {
    return Object.entries(this.read(userUUID)).flatMap(([channel, value]) => {
      const known = this.valueIn(value);
      return known === undefined ? [] : [[channel, known] as const];
    });
  }

  of(userUUID: string | undefined, channel: string): T | undefined {
    const all = this.read(userUUID);
    return Object.hasOwn(all, channel) ? this.valueIn(all[channel]) : undefined;
  }

  /** @param most how many channels may keep something: the oldest go first. */
  put(userUUID: string | undefined, channel: string, value: T | undefined, most: number): void {
    const { [channel]: before, ...others } = this.read(userUUID);
    if (before === undefined && value === undefined) return;
    const all = Object.entries(value === undefined ? others : { ...others, [channel]: value });
    this.write(userUUID, Object.fromEntries(all.slice(-most)));
  }

  private read(userUUID: string | undefined): ByChannel<unknown> {
    if (userUUID === undefined) return {};
    try {
      const value: unknown = JSON.parse(this.storage?.getItem(this.itemOf(userUUID)) ?? '{}');
      return isRecord(value) ? value : {};
    } catch {
      return {};
    }
  }

  private write(userUUID: string | undefined, all: ByChannel<unknown>): void {
    if (userUUID === undefined) return;
    try {
      if (Object.keys(all).length === 0) this.storage?.removeItem(this.itemOf(userUUID));
      else this.storage?.setItem(this.itemOf(userUUID), JSON.stringify(all));
    } catch {
      // Full or forbidden.
    }
  }

  private itemOf(userUUID: string): string {
    return `parley.${this.name}.${userUUID}`;
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
