/** What runs while at least one component shows it. */
export interface Running {
  start(): void;
  stop(): void;
  /** Somebody shows it again, although nobody has for some time. */
  shownAgain?(): void;
}

interface Entry<R> {
  readonly of: R;
  holders: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** The most that keep running while nobody shows them. */
const MOST_IDLE = 16;

/**
 * One of a kind for each key, shared by all components that show it. It starts with the first of them and stops some time after the
 * last is gone, so that neither StrictMode nor a short look elsewhere starts it again. A render creates nothing: what React
 * renders and throws away leaves no trace.
 */
export class Shared<R extends Running> {
  private readonly entries = new Map<string, Entry<R>>();

  /** @param lingerMs how long one keeps running once nobody shows it, in ms. */
  constructor(
    private readonly make: (key: string) => R,
    private readonly lingerMs: number,
  ) {}

  peek(key: string): R | undefined {
    return this.entries.get(key)?.of;
  }

  /** All that run. */
  *all(): Iterable<R> {
    for (const { of } of this.entries.values()) yield of;
  }

  /** @returns a function that gives it back. */
  hold(key: string): () => void {
    const known = this.entries.get(key);
    const entry = known ?? this.begin(key);
    clearTimeout(entry.timer);
    delete entry.timer;
    entry.holders += 1;
    if (known?.holders === 1) known.of.shownAgain?.();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      entry.holders -= 1;
      if (entry.holders === 0) this.linger(key, entry);
    };
  }

  private begin(key: string): Entry<R> {
    const entry: Entry<R> = { of: this.make(key), holders: 0 };
    this.entries.set(key, entry);
    entry.of.start();
    return entry;
  }

  private linger(key: string, entry: Entry<R>): void {
    // The newest of those that nobody shows stands last.
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.timer = setTimeout(() => this.end(key, entry), this.lingerMs);
    // In Node, nothing waits for it.
    entry.timer.unref?.();
    const idle = [...this.entries].filter(([, { holders }]) => holders === 0);
    for (const [oldest, of] of idle.slice(0, -MOST_IDLE)) this.end(oldest, of);
  }

  private end(key: string, entry: Entry<R>): void {
    clearTimeout(entry.timer);
    this.entries.delete(key);
    entry.of.stop();
  }
}
