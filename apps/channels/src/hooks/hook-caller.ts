import { AppError } from '@parley/protocol';
import type { Logger } from '@parley/service-kit';
import { CallError } from '@parley/signed-http';
import type { SignedCaller } from '@parley/signed-http/signed-caller';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
} from 'cockatiel';
import { hookCalls, hookDuration, hookOpen } from '../metrics.js';
import { type HookAnswer, type HookName, readAnswer } from './hook-answer.js';
import type { HookRoom } from './hook-room.js';

/** Failures in a row after which a hook is not asked for a while. */
export const FAILURES_IN_A_ROW = 5;
/** How long it is not asked then, in milliseconds. After that, one call tries whether it answers again. */
export const PAUSE_MS = 5_000;
/** Time after which a request may be repeated whose hook failed, in milliseconds. */
const RETRY_AFTER_MS = 1_000;

/** An endpoint that is asked. */
export interface HookOptions<Name extends HookName> {
  readonly name: Name;
  readonly url: URL;
  readonly deadlineMs: number;
  /** What happens where the endpoint does not answer as it should. */
  readonly onFailure: 'reject' | 'allow';
  readonly pauseMs?: number;
}

/** What a hook is asked. */
export interface HookQuestion {
  /** Names the question, the same when a request is repeated. */
  readonly id: string;
  /** Who does what it is about. */
  readonly userUUID: string;
  readonly data: object;
}

/**
 * Asks one hook. Where it hangs, fails or answers nonsense, `onFailure` decides, at its deadline at the latest. After five failures
 * in a row nobody waits for it any more: `onFailure` decides at once, until a single call finds it well again.
 */
export class HookCaller<Name extends HookName = HookName> {
  private readonly breaker: CircuitBreakerPolicy;
  private isFailing = false;

  constructor(
    private readonly options: HookOptions<Name>,
    private readonly caller: Pick<SignedCaller, 'call'>,
    private readonly room: HookRoom,
    private readonly logger: Logger,
  ) {
    const { name, pauseMs = PAUSE_MS } = options;
    const breaker = new ConsecutiveBreaker(FAILURES_IN_A_ROW);
    this.breaker = circuitBreaker(handleAll, { halfOpenAfter: pauseMs, breaker });
    this.breaker.onStateChange((state) =>
      hookOpen.set({ hook: name }, state === CircuitState.Closed ? 0 : 1),
    );
    hookOpen.set({ hook: name }, 0);
  }

  /**
   * @throws AppError OVERLOADED where as many calls wait as may, and RATE_LIMITED where as many of the user's do, whatever
   * `onFailure` says; UNAVAILABLE where the hook fails and `onFailure` is `reject`.
   */
  async ask({ id, userUUID, data }: HookQuestion): Promise<HookAnswer<Name> | { readonly action: 'allow' }> {
    const body = JSON.stringify({ type: this.options.name, timestamp: new Date().toISOString(), data });
    const leave = this.enter(Buffer.byteLength(body), userUUID);
    try {
      return await this.askOnce(id, body);
    } catch (error) {
      return this.fail(error);
    } finally {
      leave();
    }
  }

  private enter(bytes: number, userUUID: string): () => void {
    try {
      return this.room.enter(bytes, userUUID);
    } catch (refusal) {
      this.count('overloaded');
      throw refusal;
    }
  }

  private askOnce(id: string, body: string): Promise<HookAnswer<Name>> {
    // While one call tries the hook, others would wait for it and then for their own.
    if (this.breaker.state === CircuitState.HalfOpen) return Promise.reject(new BrokenCircuitError());
    return this.breaker.execute(() => this.call(id, body));
  }

  private async call(id: string, body: string): Promise<HookAnswer<Name>> {
    const { name, url, deadlineMs } = this.options;
    const stop = hookDuration.startTimer({ hook: name });
    try {
      const answer = readAnswer(name, await this.caller.call({ url, id, body, deadlineMs }));
      this.count(answer.action);
      if (this.isFailing) this.logger.info({ hook: name }, 'a hook answers again');
      this.isFailing = false;
      return answer;
    } finally {
      stop();
    }
  }

  private fail(error: unknown): { readonly action: 'allow' } {
    const { name, onFailure } = this.options;
    const isOpen = error instanceof BrokenCircuitError;
    this.count(isOpen ? 'open' : error instanceof CallError ? error.fault : 'unreachable');
    if (!isOpen && !this.isFailing) this.logger.warn({ err: error, hook: name, onFailure }, 'a hook fails');
    this.isFailing = true;
    if (onFailure === 'allow') return { action: 'allow' };
    throw new AppError('UNAVAILABLE', { message: NOT_CHECKED, retryAfterMs: RETRY_AFTER_MS, cause: error });
  }

  private count(outcome: string): void {
    hookCalls.inc({ hook: this.options.name, outcome });
  }
}

const NOT_CHECKED = 'This could not be checked now. Try again later.';
