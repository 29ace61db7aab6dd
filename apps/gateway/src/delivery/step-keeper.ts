import { Inject, Injectable } from '@nestjs/common';
import { CLOSE_CODES } from '@parley/protocol';
import { LOGGER, type Logger } from '@parley/service-kit';
import { retryUntilDone } from '../pacing/retry.js';
import { WakingDeadline } from '../pacing/waking-clock.js';
import type { Connection } from '../socket/connection.js';

/** How long the frames of a connection wait behind work that does not succeed, in milliseconds. */
export const OUT_OF_STEP_MS = 30_000;

/** Injection token of that time; tests shorten it. */
export const STEP_TIMEOUT = Symbol('step timeout');

/** Why nothing is repeated for a connection that its client, or another limit, has ended. */
const ENDED = new Error('The connection has ended.');

/** What work tells of its progress. */
export type StepDeadline = Pick<WakingDeadline, 'restart' | 'stop'>;

/** What is logged when the work is given up. */
export interface StepFailure {
  readonly text: string;
  readonly fields: object;
}

/** Keeps connections in step with the services, or has their clients resume on other connections. */
@Injectable()
export class StepKeeper {
  constructor(
    @Inject(STEP_TIMEOUT) private readonly timeoutMs: number,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Repeats work behind which the frames of a connection wait, until it is done. When it fails for good, or has not
   * succeeded after 30 s, the connection is closed with 4009. Nothing is repeated for a connection that has ended.
   * Never rejects. It resolves only when no attempt is under way, so that what follows an end comes after it.
   * @param attempt restarts the deadline when it gets on, and stops it while it waits for the client.
   * @returns whether the work is done.
   */
  async keep(
    connection: Connection,
    attempt: (deadline: StepDeadline) => Promise<void>,
    failure: StepFailure,
  ): Promise<boolean> {
    const giveUp = new AbortController();
    const deadline = new WakingDeadline(this.timeoutMs, () => {
      giveUp.abort(new Error(`Not done within ${this.timeoutMs} ms.`));
      connection.close(CLOSE_CODES.OUT_OF_STEP, 'resume');
    });
    const attemptWhileOpen = async () => {
      try {
        await attempt(deadline);
      } catch (error) {
        if (!connection.isOpen) giveUp.abort(ENDED);
        throw error;
      }
    };
    try {
      await retryUntilDone(attemptWhileOpen, giveUp.signal);
      return true;
    } catch (err) {
      if (err !== ENDED) this.logger.warn({ err, ...failure.fields }, failure.text);
      connection.close(CLOSE_CODES.OUT_OF_STEP, 'resume');
      return false;
    } finally {
      deadline.stop();
    }
  }
}
