import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Tally } from './tally.js';

export interface StormOptions {
  readonly url: string;
  readonly connections: number;
  readonly seed: number;
}

/** What the attackers do next. `restart`: they end their connections and open others. */
export type StormOrder =
  | { readonly do: 'draw'; readonly frames: number }
  /** What was drawn last, so many frames of all connections together. */
  | { readonly do: 'send'; readonly framesPerSecond: number }
  | { readonly do: 'replay' | 'restart' | 'leave' };

/** The tally as it comes from the other thread: without its methods. */
export type Totals = Pick<Tally, 'sent' | 'decoded' | 'connections' | 'errors' | 'closeCodes' | 'finds'>;

/** Connections that send mutated frames. */
export class Storm {
  private readonly worker: Worker;

  constructor(options: StormOptions) {
    this.worker = new Worker(new URL('./storm-worker.js', import.meta.url), { workerData: options });
  }

  /** Resolves with all that was done so far, when the order is carried out. */
  async order(order: StormOrder): Promise<Totals> {
    this.worker.postMessage(order);
    const [totals] = await once(this.worker, 'message');
    return totals as Totals;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
