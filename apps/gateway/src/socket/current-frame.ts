import {
  type AppError,
  type Decoded,
  type ErrorName,
  errorFrame,
  LIMITS,
  type RequestId,
  readRaw,
  requestIdOf,
} from '@parley/protocol';
import type { Task } from './frame-queue.js';

/** Errors that count towards closing a connection whose client sends nothing valid. */
const INVALID_FRAME: ReadonlySet<ErrorName> = new Set(['BAD_JSON', 'UNKNOWN_TYPE', 'INVALID_FIELD']);

/** The frame that a connection answers at the moment, and the tasks that follow its answer. */
export class CurrentFrame {
  /** Whether the answer is sure to follow soon. */
  isAnswerComing = false;
  /** Bytes of its answers so far, and of what it has missed and was sent. */
  answeredBytes = 0;
  /** Told of `answeredBytes` whenever they grow. */
  counted: ((answeredBytes: number) => void) | undefined;
  private id: RequestId | undefined;
  private text: string | undefined;
  private failedWith: ErrorName | undefined;
  private invalidInARow = 0;
  private tasks: Task[] | undefined;

  /** The error that the frame was answered with. */
  get failure(): ErrorName | undefined {
    return this.failedWith;
  }

  /**
   * @param text what was decoded. Kept in place of its parsed form, which may take thirty times the memory while the frame
   * waits for its answer.
   */
  begin({ raw }: Decoded, text: string): void {
    this.id = requestIdOf(raw);
    this.text = text;
    this.answeredBytes = 0;
  }

  countAnswered(bytes: number): void {
    this.answeredBytes += bytes;
    this.counted?.(this.answeredBytes);
  }

  /** An answer with the frame's `id`. */
  answerOf(frame: object): object {
    const { id } = this;
    return id === undefined ? frame : { ...frame, id };
  }

  /** The frame fails. @returns the error frame that answers it. */
  fail(error: AppError): object {
    const raw = this.text === undefined ? null : readRaw(this.text);
    this.failedWith = error.name;
    this.invalidInARow = INVALID_FRAME.has(error.name) ? this.invalidInARow + 1 : 0;
    return errorFrame(error, raw, this.id);
  }

  /** Whether so many frames in a row were invalid that the client deserves no more answers. */
  get areTooManyInvalid(): boolean {
    return this.invalidInARow >= LIMITS.invalidFramesInARow;
  }

  /** Adds a task that runs after the answer. */
  afterAnswer(task: Task): void {
    this.tasks ??= [];
    this.tasks.push(task);
  }

  /** The frame is done, with an answer or an error: runs the tasks, in order, also those that a task adds. */
  async finish(fault: (error: unknown) => void): Promise<void> {
    this.id = undefined;
    this.text = undefined;
    this.isAnswerComing = false;
    if (this.failedWith === undefined) this.invalidInARow = 0;
    this.failedWith = undefined;
    for (let task = this.tasks?.shift(); task !== undefined; task = this.tasks?.shift()) {
      try {
        await task();
      } catch (error) {
        fault(error);
      }
    }
    this.tasks = undefined;
  }
}
