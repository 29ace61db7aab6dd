import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RestAnswer, RestGiven, RestOperationId } from '@parley/protocol/rest';
import pRetry from 'p-retry';
import { type OperationRequest, operationRequest } from './operation-request.js';
import { ParleyError } from './parley-error.js';

/** A key `pk_…`, an access key or a token; or what gives one, and is asked before each attempt. */
export type Credential = string | (() => string | Promise<string>);

/** How a client reaches Parley. */
export interface ParleyClientOptions {
  /** Where the gateways are, such as `https://chat.example.com`. */
  readonly url: string;
  /** Who asks. Without one, only operations that need nobody to be signed in succeed. */
  readonly credential?: Credential | undefined;
  /** For whom a key with the scope `act` asks: a user's UUID, or `external:<issuer>:<sub>`. */
  readonly actAs?: string | undefined;
  /** Time for one attempt, in milliseconds; 10,000 by default. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Further attempts after the first; 4 by default. */
  readonly retries?: number | undefined;
  /** The longest wait that Parley may ask for; one that asks for more fails the call. In milliseconds; 30,000 by default. */
  readonly longestWaitMs?: number | undefined;
  /** Node's own by default. */
  readonly fetch?: typeof fetch | undefined;
}

/** What may be said about one call. */
export interface CallOptions {
  /** 1 to 64 visible ASCII characters. The same write with the same key is done once; by default each call has a key of its own. */
  readonly idempotencyKey?: string;
  /** Ends the call, whose promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What an operation is answered with; nothing for one whose status is 204. */
export type OperationAnswer<Id extends RestOperationId> = [RestAnswer<Id>] extends [never]
  ? undefined
  : RestAnswer<Id>;

/** The first wait between two attempts, and the longest that is not asked for, in milliseconds. */
const BACK_OFF_MS = { first: 200, longest: 5_000 };

/** Calls operations, and repeats those that may succeed later. */
export class OperationCaller {
  constructor(readonly options: ParleyClientOptions) {}

  /**
   * Calls an operation of the REST API. A write keeps its `Idempotency-Key` over all attempts, so it is done once.
   * @throws ParleyError for an answer that is no success, or UNAVAILABLE for none; TypeError if a field of the path, or the address of Parley, is
   *   missing.
   */
  async call<Id extends RestOperationId>(
    id: Id,
    given: RestGiven<Id>,
    { idempotencyKey = randomUUID(), signal }: CallOptions = {},
  ): Promise<OperationAnswer<Id>> {
    const { retries = 4, longestWaitMs = 30_000 } = this.options;
    const request = operationRequest(id, (given ?? {}) as Record<string, unknown>);
    const answer = await pRetry(() => this.attempt(request, idempotencyKey, signal), {
      ...{ retries, signal, randomize: true },
      ...{ minTimeout: BACK_OFF_MS.first, maxTimeout: BACK_OFF_MS.longest },
      shouldRetry: async ({ error }) => {
        if (!(error instanceof ParleyError && error.retryable)) return false;
        const { retryAfterMs = 0 } = error;
        if (retryAfterMs > longestWaitMs) return false;
        await delay(retryAfterMs, undefined, { signal });
        return true;
      },
    });
    return answer as OperationAnswer<Id>;
  }

  private async attempt(request: OperationRequest, key: string, signal?: AbortSignal): Promise<unknown> {
    const { url, attemptTimeoutMs = 10_000, fetch: ask = fetch } = this.options;
    const { method, path, body } = request;
    if (!URL.canParse(url)) throw new TypeError('url: expected the address of Parley’s gateways');
    const headers = await this.headersOf(request, key);
    const timeout = AbortSignal.timeout(attemptTimeoutMs);
    const ends = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    try {
      // A redirect would carry the credential to another address.
      const answer = await ask(new URL(path, url), {
        method,
        headers,
        body,
        signal: ends,
        redirect: 'error',
      });
      return await read(answer);
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof ParleyError ? error : new ParleyError('UNAVAILABLE', { cause: error });
    }
  }

  private async headersOf(
    { isOpen, isWrite, body }: OperationRequest,
    key: string,
  ): Promise<Record<string, string>> {
    const { credential, actAs } = this.options;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (isWrite) headers['idempotency-key'] = key;
    if (isOpen || credential === undefined) return headers;
    headers['authorization'] = `Bearer ${typeof credential === 'string' ? credential : await credential()}`;
    if (actAs !== undefined) headers['parley-act-as'] = actAs;
    return headers;
  }
}

/** @throws ParleyError for an answer that is no success. */
async function read(answer: Response): Promise<unknown> {
  const { ok, status, headers } = answer;
  const body = await answer.text();
  if (!ok) throw ParleyError.from({ status, body, retryAfter: headers.get('retry-after') });
  return body === '' ? undefined : JSON.parse(body);
}
