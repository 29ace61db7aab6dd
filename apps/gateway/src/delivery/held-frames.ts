import type { PublishedFrame } from '@parley/contracts';
import type { HoldBudget } from './hold-budget.js';

/** Frames of one log that came before their turn, in the order in which they came. */
export class HeldFrames {
  private frames: PublishedFrame[] = [];
  private bytes = 0;

  constructor(private readonly budget: HoldBudget) {}

  get all(): readonly PublishedFrame[] {
    return this.frames;
  }

  /** @returns false where the gateway holds too much already: the log has all of them, so that none is kept. */
  hold(frame: PublishedFrame): boolean {
    const fits = this.budget.take(frame.json.length);
    if (fits) {
      this.frames.push(frame);
      this.bytes += frame.json.length;
    } else this.release();
    return fits;
  }

  /** @returns all, and keeps none. */
  release(): readonly PublishedFrame[] {
    const { frames } = this;
    this.frames = [];
    this.budget.give(this.bytes);
    this.bytes = 0;
    return frames;
  }
}
