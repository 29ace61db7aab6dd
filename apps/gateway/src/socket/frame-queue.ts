import { setImmediate as nextTurn } from 'node:timers/promises';

/** Something to be done in its turn. */
export type Task = () => void | Promise<void>;

/** What a queue tells and asks its owner. */
export interface FrameQueueOwner {
  /** Answers one frame; resolves when the next may be taken. */
  answerFrame(text: string): Promise<void>;
  /** Told of a failure of a frame or a task: the queue goes on. */
  fault(error: unknown): void;
  /** Too many frames wait: no more are to be read, until `resume`. */
  pause(): void;
  resume(): void;
}

/** Frames taken before other connections get their turn: pings, say, need no waiting and would keep the loop. */
const FRAMES_PER_TURN = 16;

/**
 * The frames of one connection, and tasks between them, strictly one after the other. Bounded: past `most`
 * waiting frames the owner is told to read no more, and to read on when half of them are done. What a socket
 * has read already still comes, one chunk of 64 KiB at most.
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

  /** A frame, behind whatever waits. */
  pushFrame(text: string): void {
    this.items.push(text);
    if (!this.paused && this.items.length >= this.most) {
      this.paused = true;
      this.owner.pause();
    }
    this.work();
  }

  /** A task, behind whatever waits. */
  pushTask(task: Task): void {
    this.items.push(task);
    this.work();
  }

  /** A task, behind the frame in hand and earlier tasks, before the frames that wait. */
  insertTask(task: Task): void {
    const firstFrame = this.items.findIndex((item) => typeof item === 'string');
    this.items.splice(firstFrame < 0 ? this.items.length : firstFrame, 0, task);
    this.work();
  }

  /** Forgets the frames that wait; tasks stay. */
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
    // An array keeps the room that it once took.
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
