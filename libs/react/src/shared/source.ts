/** A value that changes, and those who want to know of it. Each value is another object than the one before. */
export class Source<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  /** Whether anybody wants to know. */
  get isHeard(): boolean {
    return this.listeners.size > 0;
  }

  set(value: T): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    for (const listener of [...this.listeners]) listener();
  }

  /** With `subscribe`, what `useSyncExternalStore` takes. */
  readonly get = (): T => this.current;

  /** @returns a function that removes the listener. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}
