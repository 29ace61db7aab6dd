import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { apiKeyRef, clientNetwork, type UseOutcome } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { REST_ROOT, type RestOperationId, restOperation } from '@parley/protocol/rest';
import { inRequest } from '@parley/service-kit';
import { restRequests } from '../metrics.js';
import type { TokenBucket } from '../pacing/token-bucket.js';
import { addressOf } from '../socket/client-address.js';
import { type Authenticator, bearerIn } from './authenticator.js';
import type { Cors } from './cors.js';
import { requireScope } from './needs-scope.decorator.js';
import { actAsIn } from './operators/act-as.js';
import type { UseOfKey } from './operators/api-keys.js';
import { RefusedRequest } from './problem.filter.js';
import { charge, type RequestRates } from './request-rates.js';
import type { Asker, RestRequest } from './rest-request.js';
import { isOfApi, operationOf } from './route.js';

/** The most requests that one gateway answers at the same time; above that, they are refused with OVERLOADED. */
export const REQUESTS_AT_ONCE = 256;
/** Of these, the most of one user, or of one network without a session; above that, they are refused with RATE_LIMITED. */
export const REQUESTS_OF_ONE = 64;
/** Time after which a refused request may be repeated, in milliseconds. */
const RETRY_AFTER_MS = 1_000;

/** What auth refuses a key with that it has found valid. Anything else may be said to who has made one up. */
const OF_VALID_KEYS: ReadonlySet<string> = new Set(['FORBIDDEN', 'USER_NOT_FOUND']);

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/** A request and its reply, as Fastify's hooks get them. */
export type HookRequest = RestRequest & { readonly raw: IncomingMessage };
export interface HookReply {
  readonly raw: ServerResponse;
  headers(values: Record<string, string>): HookReply;
  status(status: number): HookReply;
  send(): HookReply;
}

/** What the gate needs to know. */
export interface GateOptions {
  readonly authenticator: Authenticator;
  readonly rates: RequestRates;
  readonly cors: Cors;
  readonly trustProxy: boolean;
  /** Notes the outcome of what an operator's key has done. */
  readonly settle: (outcome: UseOutcome) => void;
  /** Whether this process ends: its clients are told to connect elsewhere. */
  readonly isEnding: () => boolean;
}

/**
 * Lets requests of the API in, before their bodies are read: a page of an allowed origin, a caller within its rate, with valid credentials
 * where they are needed. Sockets are served beside it, so that only so many requests are answered at once.
 */
export class RestGate {
  private open = 0;
  private readonly openOf = new Map<string, number>();

  constructor(private readonly options: GateOptions) {}

  /**
   * Looks at the head of a request.
   * @returns whether it goes on to its route; otherwise it is answered.
   * @throws AppError NOT_SIGNED_IN, SESSION_EXPIRED, WRONG_TOKEN, RATE_LIMITED, OVERLOADED, FORBIDDEN.
   */
  async admit(request: HookRequest, reply: HookReply): Promise<boolean> {
    if (!isOfApi(request)) return true;
    const id = randomUUID();
    const address = addressOf(request.raw, this.options.trustProxy);
    request.rest = { id, address };
    this.count(request, reply);
    reply.headers(this.options.cors.headersFor(request.raw));
    if (this.options.isEnding()) reply.headers({ connection: 'close' });
    const preflight = this.options.cors.preflight(request.raw);
    if (preflight !== undefined) {
      reply.headers(preflight).status(204).send();
      return false;
    }
    if (this.open > REQUESTS_AT_ONCE) throw new AppError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS });
    await this.check(request, reply, { id, address });
    return true;
  }

  /** Counts the request until its connection is done with it, however that ends. */
  private count(request: HookRequest, { raw }: HookReply): void {
    const started = performance.now();
    this.open += 1;
    raw.once('close', () => {
      this.open -= 1;
      const operation = operationOf(request) ?? 'none';
      const status = raw.writableFinished ? String(raw.statusCode) : 'cut';
      restRequests.observe({ operation, status }, (performance.now() - started) / 1_000);
      this.settle(request, raw.writableFinished);
    });
  }

  /** Gives the use of an operator's key its outcome in the audit, when it has one: who asked may have gone before. */
  private settle({ rest }: HookRequest, isAnswered: boolean): void {
    const noted = rest?.asker?.key?.noted;
    if (rest === undefined || noted === undefined) return;
    const settle = () =>
      this.options.settle({ ...noted, outcome: rest.failedWith ?? 'OK', object: rest.about });
    if (isAnswered || rest.isDone || rest.failedWith !== undefined) settle();
    else rest.ended = settle;
  }

  /**
   * Does nothing for who has gone while auth was asked: nobody would count it as one of the caller's until it is answered.
   * @throws AppError UNAVAILABLE
   */
  private refuseGone(request: HookRequest): never {
    const gone = new AppError('UNAVAILABLE');
    if (request.rest !== undefined) request.rest.failedWith = gone.name;
    this.settle(request, false);
    throw gone;
  }

  private async check(
    request: HookRequest,
    reply: HookReply,
    { id, address }: { readonly id: string; readonly address: string },
  ): Promise<void> {
    const operation = operationOf(request);
    if (operation === undefined) return;
    const { isOpen, scope, body } = restOperation(operation);
    if (!isOpen) this.refuseUsedUp(request, reply);
    const asker = isOpen
      ? undefined
      : await inRequest(operation, id, () => this.identify(operation, request, address));
    if (asker !== undefined) request.rest = { id, address, asker };
    if (reply.raw.closed) this.refuseGone(request);
    const { rates } = this.options;
    const budget = this.budgetOf(asker, address);
    try {
      charge(budget);
    } finally {
      reply.headers(rates.headersOf(budget));
    }
    this.take(asker?.key?.id ?? asker?.user?.UUID ?? clientNetwork(address), reply);
    if (scope !== undefined) requireScope(scope, request);
    if (body !== undefined && !JSON_TYPE.test(request.headers['content-type'] ?? ''))
      throw new RefusedRequest(415);
  }

  /**
   * Counts a request as one of a caller, whose slow bodies must not keep everybody else out.
   * @throws AppError RATE_LIMITED for one too many.
   */
  private take(caller: string, { raw }: HookReply): void {
    const count = this.openOf.get(caller) ?? 0;
    if (count >= REQUESTS_OF_ONE) throw new AppError('RATE_LIMITED', { retryAfterMs: RETRY_AFTER_MS });
    this.openOf.set(caller, count + 1);
    raw.once('close', () => {
      const left = (this.openOf.get(caller) ?? 1) - 1;
      if (left > 0) this.openOf.set(caller, left);
      else this.openOf.delete(caller);
    });
  }

  /** A key that has used up its rate is not asked about, so that what is above it is not even noted in the audit. */
  private refuseUsedUp({ headers }: HookRequest, reply: HookReply): void {
    const proof = proofIn(headers);
    const budget = proof === undefined ? undefined : this.options.rates.usedUp(proof);
    if (budget === undefined) return;
    reply.headers(this.options.rates.headersOf(budget));
    charge(budget);
  }

  private budgetOf(asker: Asker | undefined, address: string): TokenBucket | undefined {
    const { rates } = this.options;
    if (asker?.key !== undefined) return rates.ofKey(asker.key.proof);
    return asker?.user === undefined ? rates.ofAddress(address) : rates.ofUser(asker.user.UUID);
  }

  /**
   * A caller without valid credentials pays from the budget of its network, and is not asked about when that is used up. A valid key that
   * may not do this pays itself.
   */
  private async identify(operation: RestOperationId, request: HookRequest, address: string): Promise<Asker> {
    const { rates, authenticator } = this.options;
    const { authorization } = request.headers;
    const proof = proofIn(request.headers);
    const network = rates.ofAddress(address);
    if (network !== undefined && network.left() === 0) charge(network);
    try {
      return await authenticator.authenticate(authorization, address, useOf(operation, request));
    } catch (error) {
      if (error instanceof AppError && !error.retryable)
        charge(proof !== undefined && OF_VALID_KEYS.has(error.name) ? rates.ofKey(proof) : network);
      throw error;
    }
  }
}

/** The proof of the key that a request brings, if it brings one. */
const proofIn = ({ authorization }: HookRequest['headers']): string | undefined =>
  apiKeyRef(bearerIn(authorization ?? ''))?.proof;

/** What the request is, for the audit of keys. */
const useOf = (operation: RestOperationId, { url, headers }: HookRequest): UseOfKey => ({
  ...{ operation, scope: restOperation(operation).scope, actAs: actAsIn(headers) },
  object: pathIn(url),
});

/** The path of a request below the root of the API. */
const pathIn = (url: string): string => url.replace(/[?#].*$/, '').replace(REST_ROOT, '');
