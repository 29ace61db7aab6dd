import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';

/** Keys of one queue that wait, at most. */
export const UPKEEP_WAITING = 1_000;
/** The pause between two steps, in milliseconds: each takes Redis up to about 1 ms. */
export const PAUSE_MS = 10;

/** Something that is kept in order step by step, such as a channel or a list of a user. */
export interface Upkeep {
  /** Does a part of it. Returns whether that was all. */
  step(key: string): Promise<boolean>;
  /** Called when a step rejects. What is left is due again at a later `start`. */
  onFailure(error: unknown, key: string): void;
}

/** Does the upkeep of keys beside the requests that find it due: one key after the other, in short steps. */
export class UpkeepQueue {
  private readonly waiting = new Set<string>();
  private readonly limit = pLimit(1);
  private isClosed = false;

  constructor(private readonly upkeep: Upkeep) {}

  /** Begins with a key soon. One that waits already is not put there again, nor is any beyond {@link UPKEEP_WAITING}. */
  start(key: string): void {
    if (this.waiting.has(key) || this.waiting.size >= UPKEEP_WAITING) return;
    this.waiting.add(key);
    void this.limit(() => this.finish(key))
      .catch((error: unknown) => this.upkeep.onFailure(error, key))
      .finally(() => this.waiting.delete(key));
  }

  /** Does all that is due of a key, at once. Rejects with the error of a step. */
  async finish(key: string): Promise<void> {
    while (!this.isClosed && !(await this.upkeep.step(key))) await sleep(PAUSE_MS);
  }

  /** Ends before the next step. */
  close(): void {
    this.isClosed = true;
  }
}
