import type { PublishedFrame } from '@parley/contracts';

/** Bytes that all logs of a gateway together may hold. */
export class HoldBudget {
  constructor(private left: number) {}

  /** Reserves bytes, or refuses when fewer are left. */
  reserve(bytes: number): boolean {
    if (bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }

  release(bytes: number): void {
    this.left += bytes;
  }
}

/** Frames of one log that arrived before their turn in the order of Seq, in the order of arrival. */
export class HeldFrames {
  private frames: PublishedFrame[] = [];
  private bytes = 0;

  constructor(private readonly budget: HoldBudget) {}

  get all(): readonly PublishedFrame[] {
    return this.frames;
  }

  /** @returns false when the gateway holds too much already: then none is kept, because the log has them all. */
  keep(frame: PublishedFrame): boolean {
    const fits = this.budget.reserve(frame.json.length);
    if (fits) {
      this.frames.push(frame);
      this.bytes += frame.json.length;
    } else this.release();
    return fits;
  }

  /** @returns all frames, and keeps none. */
  release(): readonly PublishedFrame[] {
    const { frames } = this;
    this.frames = [];
    this.budget.release(this.bytes);
    this.bytes = 0;
    return frames;
  }
}
