import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Arrivals, STOPPED, type WaitingFrame } from './arrivals.js';

/** Work that waits in the queue. */
export type Task = () => void | Promise<void>;

/** What a queue asks of its owner. */
export interface FrameQueueOwner {
  /** Answers one frame; resolves when the next may be answered. */
  answerFrame(frame: WaitingFrame): Promise<void>;
  /** A frame or a task has failed. The queue continues. */
  fault(error: unknown): void;
}

/** Frames answered before the event loop turns to other connections: pings, say, wait for nothing and would block it. */
const FRAMES_PER_TURN = 16;

/**
 * The frames of one connection, and tasks between them, strictly one after the other. It is bounded: when as many frames or bytes
 * wait as may, the socket is not read until half of them are done.
 */
export class FrameQueue {
  private items: (WaitingFrame | Task)[] = [];
  private frames = 0;
  private working = false;

  constructor(
    private readonly owner: FrameQueueOwner,
    private readonly arrivals: Arrivals,
  ) {}

  /** Adds a frame at the end. */
  pushFrame(frame: WaitingFrame): void {
    this.items.push(frame);
    this.frames += 1;
    // The first frame is taken at once, so it does not wait.
    this.work();
    const { arrivals } = this;
    const { frames, bytes } = arrivals.limits;
    if (this.frames >= frames || arrivals.queuedBytes >= bytes) arrivals.stop(STOPPED.BY_QUEUE);
  }

  /** Adds a task at the end. */
  pushTask(task: Task): void {
    this.items.push(task);
    this.work();
  }

  /** Adds a task after the current frame and earlier tasks, before the frames that wait. */
  insertTask(task: Task): void {
    const firstFrame = this.items.findIndex((item) => typeof item !== 'function');
    this.items.splice(firstFrame < 0 ? this.items.length : firstFrame, 0, task);
    this.work();
  }

  /** Drops the frames that wait; tasks stay. */
  dropFrames(): void {
    const { items } = this;
    this.items = items.filter((item) => typeof item === 'function');
    this.frames = 0;
    for (const item of items) if (typeof item !== 'function') this.arrivals.drop(item);
  }

  private work(): void {
    if (this.working) return;
    this.working = true;
    void this.workOff();
  }

  private async workOff(): Promise<void> {
    for (let done = 1; ; done += 1) {
      const item = this.items.shift();
      if (item === undefined) break;
      await this.run(item);
      if (done % FRAMES_PER_TURN === 0) await nextTurn();
    }
    // An emptied array would keep its memory.
    this.items = [];
    this.working = false;
  }

  private async run(item: WaitingFrame | Task): Promise<void> {
    const isFrame = typeof item !== 'function';
    if (isFrame) this.take(item);
    try {
      await (isFrame ? this.owner.answerFrame(item) : item());
    } catch (error) {
      this.owner.fault(error);
    }
    if (isFrame) this.arrivals.answered();
  }

  private take(frame: WaitingFrame): void {
    this.frames -= 1;
    this.arrivals.take(frame);
    this.readOnWhenShort();
  }

  private readOnWhenShort(): void {
    const { arrivals } = this;
    const { frames, bytes } = arrivals.limits;
    if (this.frames <= frames / 2 && arrivals.queuedBytes <= bytes / 2) arrivals.goOn(STOPPED.BY_QUEUE);
  }
}
