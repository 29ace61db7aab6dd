import { Worker } from 'node:worker_threads';
import type { Tick } from '../measuring/tick.js';
import type { CrewPlan, Post, Request, TaskName, Tasks } from './orders.js';

/** By way of `dist`, because tests run the sources and a thread needs compiled code. */
const ENTRY = new URL('../../dist/crew/worker.js', import.meta.url);

interface Question {
  resolve(answer: never): void;
  reject(error: Error): void;
}

/** The main thread's view of a thread with a crew. */
export class CrewThread {
  private readonly worker: Worker;
  private readonly questions = new Map<number, Question>();
  private lastId = 0;
  private ended: Error | undefined;

  constructor(plan: CrewPlan, onTick: (tick: Tick) => void) {
    this.worker = new Worker(ENTRY, { workerData: plan });
    this.worker.on('message', (post: Post) => ('tick' in post ? onTick(post.tick) : this.settle(post)));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', (code) => this.fail(new Error(`a thread ended with ${code}`)));
  }

  ask<Name extends TaskName>(
    name: Name,
    ...[ask]: Tasks[Name]['ask'] extends undefined ? [] : [Tasks[Name]['ask']]
  ): Promise<Tasks[Name]['answer']> {
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(this.ended);
      const id = ++this.lastId;
      this.questions.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, ask } as Request);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(post: Exclude<Post, { tick: Tick }>): void {
    const question = this.questions.get(post.id)!;
    this.questions.delete(post.id);
    if ('failure' in post) question.reject(new Error(post.failure));
    else question.resolve(post.answer as never);
  }

  private fail(error: Error): void {
    this.ended ??= error;
    for (const question of this.questions.values()) question.reject(this.ended);
    this.questions.clear();
  }
}
