/** The bounds of the replies that one replica has stored. */
export interface KeptRepliesBounds {
  maxStoredReplies: number;
  maxStoredRepliesBytes: number;
  idempotencyTtlMs: number;
}

interface Kept {
  bytes: number;
  /** When Redis drops it, by this process's monotonic clock. */
  until: number;
}

/**
 * Counts the replies that this replica has stored under idempotency keys, and says which to forget: the oldest first. They
 * are few enough to be known by name, which spares Redis an index that every request with a key would write to.
 */
export class KeptReplies {
  /** In the order in which they were stored, which is that in which they lapse. */
  private readonly kept = new Map<string, Kept>();
  private bytes = 0;

  constructor(private readonly bounds: KeptRepliesBounds) {}

  /** Notes a stored reply of so many bytes. Returns the keys of those that no longer fit. */
  add(key: string, bytes: number, now = performance.now()): string[] {
    const { maxStoredReplies, maxStoredRepliesBytes, idempotencyTtlMs } = this.bounds;
    this.remove(key);
    this.kept.set(key, { bytes, until: now + idempotencyTtlMs });
    this.bytes += bytes;
    const surplus: string[] = [];
    for (const [oldest, { until }] of this.kept) {
      const isOver = this.kept.size > maxStoredReplies || this.bytes > maxStoredRepliesBytes;
      if (until > now && !isOver) break;
      this.remove(oldest);
      if (until > now) surplus.push(oldest);
    }
    return surplus;
  }

  private remove(key: string): void {
    this.bytes -= this.kept.get(key)?.bytes ?? 0;
    this.kept.delete(key);
  }
}
