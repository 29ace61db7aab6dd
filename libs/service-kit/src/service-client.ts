import { type ContractMap, isTakenWhenFull, type ReplyOf, type RequestTo } from '@parley/contracts';
import { AppError, type ErrorName, isErrorName } from '@parley/protocol';
import { RedisRequest, type RedisTransportClient, RedisTransportError } from '@parley/redis-transport';
import { firstValueFrom } from 'rxjs';
import { askedRequests } from './rpc-metrics.js';

/** The injection token of the client for `service`. */
export const clientOf = (service: string): string => `ServiceClient(${service})`;

/** Options of one request. */
export interface AskOptions {
  /** Milliseconds, by Redis's clock, within which the reply must arrive; REQUEST_DEADLINE_MS by default. */
  readonly deadlineMs?: number;
  /** Names the effect of the request, so that a repetition has no further effect. Required if a retry could change something twice. */
  readonly idempotencyKey?: string;
  /** The service recognises a repetition itself: the request may be sent again without a key. */
  readonly isRepeatable?: boolean;
}

/** Sends the requests of one service's contract and translates every failure into an {@link AppError}. */
export class ServiceClient<M extends ContractMap> {
  constructor(
    private readonly service: string,
    private readonly transport: RedisTransportClient,
    /** Milliseconds that a request may take unless its options say otherwise. */
    readonly deadlineMs: number,
  ) {}

  /**
   * Sends a request to one replica of the service and waits for the reply.
   * @throws AppError what the service threw; or OVERLOADED, UNAVAILABLE, STORAGE_FULL or INTERNAL of the transport.
   */
  async ask<P extends keyof M & string>(
    pattern: P,
    request: RequestTo<M, P>,
    options: AskOptions = {},
  ): Promise<ReplyOf<M, P>> {
    const evenWhenFull = isTakenWhenFull(pattern);
    const record = new RedisRequest(request, { deadlineMs: this.deadlineMs, evenWhenFull, ...options });
    const started = performance.now();
    let outcome = 'ok';
    try {
      return await firstValueFrom(this.transport.send<ReplyOf<M, P>>(pattern, record));
    } catch (error) {
      const known = toAppError(error);
      outcome = known.name;
      throw known;
    } finally {
      const seconds = (performance.now() - started) / 1_000;
      askedRequests.observe({ service: this.service, pattern, outcome }, seconds);
    }
  }
}

/** What each failure of the transport becomes. */
const TRANSPORT_ERRORS: Record<RedisTransportError['code'], ErrorName> = {
  OVERLOADED: 'OVERLOADED',
  STORAGE_FULL: 'STORAGE_FULL',
  DEADLINE_EXCEEDED: 'UNAVAILABLE',
  UNAVAILABLE: 'UNAVAILABLE',
  IN_PROGRESS: 'UNAVAILABLE',
  CLOSED: 'UNAVAILABLE',
  SET_ASIDE: 'INTERNAL',
};

function toAppError(error: unknown): AppError {
  if (error instanceof RedisTransportError) {
    return new AppError(TRANSPORT_ERRORS[error.code], { retryAfterMs: error.retryAfterMs, cause: error });
  }
  const { name, message, retryAfterMs } = (error ?? {}) as Partial<AppError>;
  // The service has logged the cause, so there is nothing to log here.
  if (isErrorName(name)) return new AppError(name, { message, retryAfterMs });
  return new AppError('INTERNAL', { cause: error });
}
