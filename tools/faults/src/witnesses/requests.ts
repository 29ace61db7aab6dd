import { setTimeout as delay } from 'node:timers/promises';
import { type AnyFrame, TestClient } from '@parley/testing';
import type { Claim } from '../report/row.js';

/** The gateway's deadline for a service's answer (`REQUEST_DEADLINE_MS`) plus time to report it, in ms. */
const ANSWERED_MS = 10_000 + 2_000;
/** Connections, each of which sends one request after the other. */
const ASKERS = 4;

/** A request, and what must be true of its result. */
export interface Question {
  readonly ask: () => AnyFrame;
  /** Why a result is wrong. */
  readonly fault: (answer: AnyFrame) => string | undefined;
}

/**
 * Asks one kind of question over several connections, again and again, and notes every answer. Within the deadline, each
 * must be a result or a retryable error.
 */
export class Requests {
  private asking = true;
  private results = 0;
  private retryable = 0;
  private slowestMs = 0;
  private readonly faults: string[] = [];
  private readonly work: Promise<unknown>;

  constructor(urls: readonly string[], question: (asker: number) => Question) {
    const askers = Array.from({ length: ASKERS }, (_, index) => index);
    this.work = Promise.all(
      askers.map((asker) => this.keepAsking(urls[asker % urls.length]!, question(asker))),
    );
  }

  /** Stops asking. @returns what was found. */
  async claims(what: string): Promise<Claim[]> {
    this.asking = false;
    await this.work;
    const slowest = `slowest ${Math.round(this.slowestMs)} ms`;
    return [
      {
        text: `${what}: ${this.results} results, ${this.retryable} retryable errors, ${slowest}, none hangs`,
        holds: this.results > 0 && this.faults.length === 0,
      },
      ...this.faults.slice(0, 3).map((text) => ({ text: `${what}: ${text}`, holds: false })),
    ];
  }

  private async keepAsking(url: string, question: Question): Promise<void> {
    const client = await TestClient.connect(url);
    try {
      while (this.asking) await this.askOnce(client, question);
    } finally {
      await client.close();
    }
  }

  /** One request, repeated until it has a result. */
  private async askOnce(client: TestClient, { ask, fault }: Question): Promise<void> {
    const frame = ask();
    for (;;) {
      const began = performance.now();
      const answer = await client.ask({ ...frame }, ANSWERED_MS).catch((error: Error) => error);
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
      if (answer instanceof Error) return this.blame(`${frame.type}: ${answer.message}`);
      if (answer.type === 'error' && answer['error'].retryable) {
        this.retryable += 1;
        await delay(answer['error'].retryAfterMs ?? 0);
        continue;
      }
      const wrong = answer.type === 'error' ? answer['error'].name : fault(answer);
      if (wrong !== undefined) return this.blame(`${frame.type}: ${wrong}`);
      this.results += 1;
      return;
    }
  }

  /** Stops asking: a request that hangs once would hang again and again. */
  private blame(text: string): void {
    this.faults.push(text);
    this.asking = false;
  }
}
