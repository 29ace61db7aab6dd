/**
 * Runs at most `max` items at a time, in order of arrival. Not p-limit, which takes one promise per item: this begins all
 * items of a step synchronously, and tells when there is room again.
 */
export class WorkQueue<T> {
  private waiting: T[] = [];
  private head = 0;
  private running = 0;
  private isScheduled = false;
  private isFilling = false;
  private idleWaiters: (() => void)[] = [];

  constructor(
    private readonly max: number,
    /** Starts an item; `done()` must be called once for each. */
    private readonly begin: (item: T) => void,
    /** Called when there is room after there was none. */
    private readonly onRoom: () => void,
  ) {}

  get inFlight(): number {
    return this.running;
  }

  /** How many more items fit. */
  get room(): number {
    return this.max - this.running - this.queued;
  }

  get queued(): number {
    return this.waiting.length - this.head;
  }

  /** Adds an item. It begins after the caller's current step, which may add further items. */
  add(item: T): void {
    this.waiting.push(item);
    if (this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      this.fill();
    });
  }

  done(): void {
    const wasFull = this.room <= 0;
    this.running--;
    if (this.queued > 0) this.fill();
    if (wasFull && this.room > 0) this.onRoom();
    if (this.running === 0 && this.queued === 0) {
      const waiters = this.idleWaiters;
      this.idleWaiters = [];
      for (const resolve of waiters) resolve();
    }
  }

  /** Resolves when nothing runs or waits. */
  whenIdle(): Promise<void> {
    if (this.running === 0 && this.queued === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  private fill(): void {
    // An item that is refused ends while it begins. The loop goes on with the next one: nested calls would overflow the stack.
    if (this.isFilling) return;
    this.isFilling = true;
    try {
      this.beginAll();
    } finally {
      this.isFilling = false;
    }
    if (this.head === this.waiting.length) {
      this.waiting = [];
      this.head = 0;
    }
  }

  private beginAll(): void {
    while (this.running < this.max && this.head < this.waiting.length) {
      const item = this.waiting[this.head++]!;
      this.running++;
      this.begin(item);
    }
  }
}
