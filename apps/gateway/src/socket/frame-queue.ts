import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work that waits in the queue. */
export type Task = () => void | Promise<void>;

/** What a queue asks of its owner. */
export interface FrameQueueOwner {
  /** Answers one frame; resolves when the next may be answered. */
  answerFrame(text: string): Promise<void>;
  /** A frame or a task has failed. The queue continues. */
  fault(error: unknown): void;
  /** Too many frames wait: the socket must not be read until `resume`. */
  pause(): void;
  resume(): void;
}

/** Frames answered before the event loop turns to other connections: pings, say, wait for nothing and would block it. */
const FRAMES_PER_TURN = 16;

/**
 * The frames of one connection, and tasks between them, strictly one after the other. It is bounded: when `most` frames
 * wait, the owner must stop reading, until half of them are done. Bytes that the socket has read already still arrive,
 * one chunk of 64 KiB at most.
 */
export class FrameQueue {
  private items: (string | Task)[] = [];
  private working = false;
  private paused = false;

  constructor(
    private readonly owner: FrameQueueOwner,
    private readonly most: number,
  ) {}

  /** Whether the owner has been told to read no more. */
  get isPaused(): boolean {
    return this.paused;
  }

  /** Adds a frame at the end. */
  pushFrame(text: string): void {
    this.items.push(text);
    if (!this.paused && this.items.length >= this.most) {
      this.paused = true;
      this.owner.pause();
    }
    this.work();
  }

  /** Adds a task at the end. */
  pushTask(task: Task): void {
    this.items.push(task);
    this.work();
  }

  /** Adds a task after the current frame and earlier tasks, before the frames that wait. */
  insertTask(task: Task): void {
    const firstFrame = this.items.findIndex((item) => typeof item === 'string');
    this.items.splice(firstFrame < 0 ? this.items.length : firstFrame, 0, task);
    this.work();
  }

  /** Drops the frames that wait; tasks stay. */
  dropFrames(): void {
    const tasks = this.items.filter((item) => typeof item !== 'string');
    this.items.splice(0, this.items.length, ...tasks);
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
      this.resumeWhenShort();
      await this.run(item);
      if (done % FRAMES_PER_TURN === 0) await nextTurn();
    }
    // An emptied array would keep its memory.
    this.items = [];
    this.working = false;
  }

  private async run(item: string | Task): Promise<void> {
    try {
      await (typeof item === 'string' ? this.owner.answerFrame(item) : item());
    } catch (error) {
      this.owner.fault(error);
    }
  }

  private resumeWhenShort(): void {
    if (!this.paused || this.items.length > this.most / 2) return;
    this.paused = false;
    this.owner.resume();
  }
}
