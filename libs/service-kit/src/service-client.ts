import {
  type ContractMap,
  type ItemFailed,
  type OutcomeOf,
  type Part,
  type PartedPattern,
  type ReplyOf,
  type RequestTo,
  subjectOf,
  traitsOf,
} from '@parley/contracts';
import { AppError, type ErrorName, isErrorName } from '@parley/protocol';
import {
  type Lane,
  RedisRequest,
  type RedisRequestOptions,
  type RedisTransportClient,
  RedisTransportError,
} from '@parley/redis-transport';
import { firstValueFrom, lastValueFrom, takeWhile, tap } from 'rxjs';
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
  /**
   * What the request is about, where its own fields do not say so: requests about the same keep their order. `null` where another process
   * may repeat it with its `idempotencyKey`. See `RedisRequestOptions.partitionBy`.
   */
  readonly partitionBy?: string | null;
  /** What it waits behind, if not what its pattern says. */
  readonly lane?: Lane;
  /** An earlier request for the same effect may have been done: if this one is refused, what was done is not known. */
  readonly isRepeat?: boolean;
  /** The request ends when the connection for replies breaks: see {@link isReplyLost}. */
  readonly failsWhenReplyIsLost?: boolean;
  /** The request ends as soon as one replica does not know its pattern: see {@link isUnhandled}. */
  readonly failsWhenUnhandled?: boolean;
}

/** How the answer to a request about many items is taken. */
export interface AskEachOptions<Outcome, Reply> extends AskOptions {
  /** How many items there are. */
  readonly count: number;
  /** Takes the outcome of an item, or the error that it failed with; called once for each item that has one. */
  readonly take: (place: number, outcome: Outcome | AppError) => void;
  /** Reads the one reply of a service of the release before, where that is no {@link Part}. */
  readonly whole?: (reply: Reply) => readonly Outcome[];
}

/** How long pages stay small after a reply was lost, in milliseconds: each loss costs all that wait for a reply some time. */
const SHRUNK_MS = 60_000;

/** How often a request is sent whose reply ends without the outcome of every item. */
const ATTEMPTS = 3;

/** Sends the requests of one service's contract and translates every failure into an {@link AppError}. */
export class ServiceClient<M extends ContractMap> {
  /** The size of a page from which on replies were lost, by pattern. */
  private readonly shrunk = new Map<string, { readonly size: number; readonly until: number }>();

  constructor(
    private readonly service: string,
    private readonly transport: RedisTransportClient,
    /** Milliseconds that a request may take unless its options say otherwise. */
    readonly deadlineMs: number,
  ) {}

  /** The partition of requests about something: what is asked for together is of one partition. */
  partitionOf(subject: () => string): number {
    return this.transport.isParted ? this.transport.partitionOf(subject()) : 0;
  }

  /**
   * Sends a request to one replica of the service and waits for the reply.
   * @throws AppError what the service threw; or OVERLOADED, UNAVAILABLE, STORAGE_FULL or INTERNAL of the transport.
   */
  async ask<P extends keyof M & string>(
    pattern: P,
    request: RequestTo<M, P>,
    options: AskOptions = {},
  ): Promise<ReplyOf<M, P>> {
    const { partitionBy, ...rest } = options;
    const parted = this.parted(pattern, request as object, partitionBy);
    const record = new RedisRequest(request, {
      ...travelOf(pattern),
      deadlineMs: this.deadlineMs,
      ...rest,
      ...parted,
    });
    return this.observed(pattern, () => firstValueFrom(this.transport.send<ReplyOf<M, P>>(pattern, record)));
  }

  /**
   * Asks for a page of at most `size` items. Where the reply is lost, it may be larger than Redis lets wait for a subscriber
   * (`client-output-buffer-limit`), and would be lost again: a quarter is asked for, and so on down to one item. Pages then stay
   * small for a minute.
   * @throws AppError as {@link ask}.
   */
  async askPage<P extends keyof M & string>(
    pattern: P,
    size: number,
    requestOf: (size: number) => RequestTo<M, P>,
  ): Promise<ReplyOf<M, P>> {
    const started = performance.now();
    const until = started + this.deadlineMs;
    const shrunk = this.shrunk.get(pattern);
    const first = shrunk !== undefined && shrunk.until > started ? Math.min(size, shrunk.size) : size;
    for (let asked = first; ; asked = smaller(asked)) {
      const deadlineMs = Math.max(1, Math.ceil(until - performance.now()));
      try {
        return await this.ask(pattern, requestOf(asked), { deadlineMs, failsWhenReplyIsLost: true });
      } catch (error) {
        if (asked <= 1 || !isReplyLost(error)) throw error;
        this.shrunk.set(pattern, { size: smaller(asked), until: performance.now() + SHRUNK_MS });
      }
    }
  }

  /**
   * Sends a request about many items to one replica of the service, and takes the outcome of each as soon as it arrives.
   * Resolves when every item has one.
   * @throws AppError as {@link ask}, about the items that have no outcome by then.
   */
  async askEach<P extends PartedPattern<M>>(
    pattern: P,
    request: RequestTo<M, P>,
    options: AskEachOptions<OutcomeOf<M, P>, ReplyOf<M, P>>,
  ): Promise<void> {
    const { count, take, whole, deadlineMs = this.deadlineMs, partitionBy, ...rest } = options;
    const parted = this.parted(pattern, request as object, partitionBy);
    const outcomes = new Outcomes(count, take, whole);
    const until = performance.now() + deadlineMs;
    await this.observed(pattern, async () => {
      // A part may be lost with a connection, so that the reply ends without it: the request bears repetition.
      for (let attempt = 1; attempt <= ATTEMPTS && outcomes.missing > 0; attempt += 1) {
        const left = Math.max(1, Math.ceil(until - performance.now()));
        const record = new RedisRequest(
          { ...(request as object), parts: true },
          {
            ...travelOf(pattern),
            ...rest,
            ...parted,
            ...(attempt > 1 && { isRepeat: true }),
            deadlineMs: left,
            inParts: true,
          },
        );
        const parts = this.transport.send<Part<OutcomeOf<M, P>> | ReplyOf<M, P>>(pattern, record);
        const taken = parts.pipe(
          tap((part) => outcomes.add(part)),
          takeWhile(() => outcomes.missing > 0),
        );
        await lastValueFrom(taken, { defaultValue: undefined });
      }
      if (outcomes.missing > 0) throw new AppError('UNAVAILABLE');
    });
  }

  private parted(pattern: string, request: object, given: string | null | undefined) {
    // Its id may have to be computed.
    if (!this.transport.isParted || given === null) return undefined;
    const partitionBy = given ?? subjectOf(pattern, request);
    return partitionBy === undefined ? undefined : { partitionBy };
  }

  /** @throws AppError for whatever `send` throws. */
  private async observed<T>(pattern: string, send: () => Promise<T>): Promise<T> {
    const started = performance.now();
    let outcome = 'ok';
    try {
      return await send();
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

const travelOf = (pattern: string): Pick<RedisRequestOptions, 'evenWhenFull' | 'lane'> => {
  const { evenWhenFull = false, lane } = traitsOf(pattern);
  return { evenWhenFull, lane };
};

/** The outcomes of a request about many items, of which each counts once. */
class Outcomes<Outcome, Reply> {
  private readonly known: boolean[];
  missing: number;

  constructor(
    count: number,
    private readonly take: (place: number, outcome: Outcome | AppError) => void,
    private readonly whole: ((reply: Reply) => readonly Outcome[]) | undefined,
  ) {
    this.known = new Array<boolean>(count).fill(false);
    this.missing = count;
  }

  add(reply: Part<Outcome> | Reply): void {
    const { outcomes, places } = isPart<Outcome>(reply)
      ? reply
      : { outcomes: this.whole?.(reply) ?? [], places: undefined };
    for (const [n, outcome] of outcomes.entries()) this.settle(places?.[n] ?? n, outcome);
  }

  private settle(place: number, outcome: Outcome | ItemFailed): void {
    if (this.known[place] !== false) return;
    this.known[place] = true;
    this.missing -= 1;
    this.take(place, isFailed(outcome) ? new AppError(outcome.error.name, outcome.error) : outcome);
  }
}

const isPart = <Outcome>(reply: unknown): reply is Part<Outcome> =>
  Array.isArray((reply as Partial<Part<Outcome>> | null)?.outcomes);

const isFailed = (outcome: unknown): outcome is ItemFailed =>
  typeof outcome === 'object' && outcome !== null && 'error' in outcome;

/** Whether the reply to a request was lost with its connection: less may get through. */
export const isReplyLost = (error: unknown): boolean => isTransportError(error, 'REPLY_LOST');

/** Whether the replica that took a request does not know its pattern: it is of another version, and has done nothing. */
export const isUnhandled = (error: unknown): boolean => isTransportError(error, 'NO_HANDLER');

/** Whether another replica is doing the same request, by its idempotency key: its reply comes when that is done. */
export const isInProgress = (error: unknown): boolean => isTransportError(error, 'IN_PROGRESS');

const isTransportError = (error: unknown, code: RedisTransportError['code']): boolean =>
  error instanceof AppError && (error.cause as Partial<RedisTransportError> | undefined)?.code === code;

/** What is asked for when the reply to a request for `size` items was lost. */
export const smaller = (size: number): number => Math.max(1, Math.floor(size / 4));

/** What each failure of the transport becomes. */
const TRANSPORT_ERRORS: Record<RedisTransportError['code'], ErrorName> = {
  OVERLOADED: 'OVERLOADED',
  STORAGE_FULL: 'STORAGE_FULL',
  DEADLINE_EXCEEDED: 'UNAVAILABLE',
  UNAVAILABLE: 'UNAVAILABLE',
  IN_PROGRESS: 'UNAVAILABLE',
  REPLY_LOST: 'UNAVAILABLE',
  NO_HANDLER: 'UNAVAILABLE',
  CLOSED: 'UNAVAILABLE',
  SET_ASIDE: 'INTERNAL',
};

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof RedisTransportError) {
    return new AppError(TRANSPORT_ERRORS[error.code], { retryAfterMs: error.retryAfterMs, cause: error });
  }
  const { name, message, retryAfterMs } = (error ?? {}) as Partial<AppError>;
  // The service has logged the cause, so there is nothing to log here.
  if (isErrorName(name)) return new AppError(name, { message, retryAfterMs });
  return new AppError('INTERNAL', { cause: error });
}
