import { setTimeout as delay } from 'node:timers/promises';
import type { LogId, LogPage, PublishedFrame } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { HeldFrames, type HoldBudget } from './held-frames.js';
import type { LogReader } from './log-reader.js';

/** How long a frame that is known to be in the log may take to arrive, in milliseconds, before it is read. */
const LATE_MS = 200;
/** Pauses between attempts to read a log, in milliseconds: doubled each time, from the first to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** What the repairs of one gateway have in common. */
export interface RepairParts {
  readonly reader: LogReader;
  readonly holdBudget: HoldBudget;
  /** Told of a failed attempt to read a log; it is repeated. */
  readonly fault: (error: unknown) => void;
}

/** The log that is repaired. */
export interface RepairedLog {
  readonly id: LogId;
  readonly seq: number;
  readonly epoch: string | undefined;
  /** The tag of the epoch; undefined while it is not known where the log stands. */
  readonly tag: number | undefined;
  /** Delivers a page's frames, or continues in its epoch. */
  applyPage(page: LogPage): void;
  /** Takes a frame that was held. */
  accept(frame: PublishedFrame): void;
  /** There is no such log any more. */
  lost(): void;
}

/**
 * Reads what is missing of one log: a gap before a frame that arrived, a frame that is known to be in the log and did not
 * arrive, or everything when its epoch is in doubt. Frames that must wait for that are held, within the gateway's budget.
 */
export class LogRepair {
  private readonly held: HeldFrames;
  /** The log must be read, whatever is held. */
  private isDoubtful = false;
  private isRunning = false;
  private isClosed = false;
  /** The newest Seq that is known to be in the log. */
  private expected = 0;
  private late: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: RepairedLog,
    private readonly parts: RepairParts,
  ) {
    this.held = new HeldFrames(parts.holdBudget);
  }

  /** The frames that wait for a page. */
  get heldFrames(): readonly PublishedFrame[] {
    return this.held.all;
  }

  /** A frame with this Seq is in the log: if it does not arrive soon, it is read. */
  expect(seq: number): void {
    this.expected = Math.max(this.expected, seq);
    this.late ??= setTimeout(() => {
      this.late = undefined;
      if (this.isBehind()) this.start();
    }, LATE_MS);
  }

  /** No Seq is expected any more: the log counts in another epoch. */
  expectNothing(): void {
    this.expected = 0;
  }

  /** The log may be in another epoch: it is read. */
  doubt(): void {
    this.isDoubtful = true;
    this.start();
  }

  /** Holds a frame that is not the next one, and reads what is missing before it. */
  holdBack(frame: PublishedFrame): void {
    if (!this.held.keep(frame)) this.isDoubtful = true;
    this.start();
  }

  /** Forgets everything: the log is gone. */
  reset(): void {
    this.expected = 0;
    this.isDoubtful = false;
    this.held.release();
  }

  /** Ends the repair: nobody follows the log any more. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.late);
    this.held.release();
  }

  private isBehind(): boolean {
    return this.isDoubtful || this.held.all.length > 0 || this.expected > this.log.seq;
  }

  private start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    void this.run();
  }

  /** Reads the log until nothing is missing; never rejects. A page that brings something resets the pauses. */
  private async run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.isClosed && this.isBehind()) {
      const hasProgress = await this.readPage();
      if (hasProgress || !this.isBehind()) pause = FIRST_PAUSE_MS;
      else {
        await delay(pause * (0.5 + Math.random()), undefined, { ref: false });
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
    this.isRunning = false;
  }

  /** @returns whether the log advanced. */
  private async readPage(): Promise<boolean> {
    // Frames held before the log is asked are older than its answer: those of another epoch than the answer's are void.
    const earlier = new Set(this.held.all);
    const { expected } = this;
    this.isDoubtful = false;
    try {
      const page = await this.parts.reader.read(this.log.id, this.log.seq);
      // Meanwhile the last member may have gone, or a check may have found no log.
      return !this.isClosed && this.log.tag !== undefined && this.apply(page, expected, earlier);
    } catch (error) {
      if (error instanceof AppError && error.name === 'CHANNEL_NOT_FOUND') this.log.lost();
      else {
        this.isDoubtful = true;
        this.parts.fault(error);
      }
      return false;
    }
  }

  private apply(page: LogPage, expected: number, earlier: ReadonlySet<PublishedFrame>): boolean {
    const { seq, epoch } = this.log;
    this.log.applyPage(page);
    if (page.seq > this.log.seq) this.isDoubtful = true;
    else if (this.expected === expected) this.expected = 0;
    this.releaseHeld(earlier);
    return this.log.seq > seq || this.log.epoch !== epoch;
  }

  private releaseHeld(earlier: ReadonlySet<PublishedFrame>): void {
    for (const frame of this.held.release()) {
      if (frame.epochTag !== this.log.tag && earlier.has(frame)) continue;
      this.log.accept(frame);
    }
  }
}
