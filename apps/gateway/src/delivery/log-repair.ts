import { setTimeout as delay } from 'node:timers/promises';
import type { LogId, LogPage, PublishedFrame } from '@parley/contracts';
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
  /** Takes a page that was read after the Seq `after`, which was the log's when it was asked. */
  applyPage(page: LogPage, after: number): void;
  /** Takes a frame that was held. */
  accept(frame: PublishedFrame): void;
}

/**
 * Reads what is missing of one log: a gap before a frame that arrived, a frame that is known to be in the log and did not
 * arrive, or everything when its epoch is in doubt. Frames that must wait for that are held, within the gateway's budget.
 */
export class LogRepair {
  private readonly held: HeldFrames;
  /** The log must be read, whatever is held. */
  private isDoubtful = false;
  private running: Promise<void> | undefined;
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

  /** No Seq is expected any more: the log continues from another one. */
  expectNothing(): void {
    this.expected = 0;
  }

  /** The log may continue elsewhere: it is read. */
  doubt(): void {
    this.isDoubtful = true;
    this.start();
  }

  /** Resolves when nothing is being read. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** Holds a frame that is not the next one, and reads what is missing before it. */
  holdBack(frame: PublishedFrame): void {
    if (!this.held.keep(frame)) this.isDoubtful = true;
    this.start();
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
    this.running ??= this.run();
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
    this.running = undefined;
  }

  /** @returns whether the log moved. */
  private async readPage(): Promise<boolean> {
    // Frames held before the log is asked are older than its answer: those that do not fit it are lost.
    const earlier = new Set(this.held.all);
    const { expected } = this;
    const { seq, epoch } = this.log;
    this.isDoubtful = false;
    try {
      const page = await this.parts.reader.read(this.log.id, seq, epoch);
      // Meanwhile the last member may have gone.
      if (this.isClosed) return false;
      this.log.applyPage(page, seq);
      if (page.seq > this.log.seq) this.isDoubtful = true;
      else if (this.expected === expected) this.expected = 0;
      this.releaseHeld(page, earlier);
      return this.log.seq !== seq || this.log.epoch !== epoch;
    } catch (error) {
      this.isDoubtful = true;
      this.parts.fault(error);
      return false;
    }
  }

  private releaseHeld(page: LogPage, earlier: ReadonlySet<PublishedFrame>): void {
    for (const frame of this.held.release()) {
      const isLost = frame.epochTag !== this.log.tag || frame.seq > page.seq;
      if (!(isLost && earlier.has(frame))) this.log.accept(frame);
    }
  }
}
