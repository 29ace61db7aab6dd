/** Where the browser keeps what survives a reload: `localStorage`, or a map in tests. */
export interface KeyValues {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * One value of the browser's storage as JSON. What cannot be read counts as absent: it is of another version, or somebody changed it.
 * What cannot be written, because the storage is full or forbidden, lasts until the page is closed.
 */
export class Kept<T> {
  private inMemory: T | undefined;

  constructor(
    private readonly storage: KeyValues | undefined,
    private readonly key: string,
    private readonly isValid: (value: unknown) => value is T,
  ) {}

  read(): T | undefined {
    if (this.inMemory !== undefined) return this.inMemory;
    try {
      const value: unknown = JSON.parse(this.storage?.getItem(this.key) ?? 'null');
      return this.isValid(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  write(value: T): void {
    this.inMemory = value;
    try {
      this.storage?.setItem(this.key, JSON.stringify(value));
    } catch {
      // Full or forbidden: it stays in memory.
    }
  }

  clear(): void {
    this.inMemory = undefined;
    this.storage?.removeItem(this.key);
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The browser's storage; none where the user forbids it. */
export function browserStorage(): KeyValues | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
