import type { lookup as systemLookup } from 'node:dns';
import { Agent, type Dispatcher, request } from 'undici';
import type { CallAnswer, SignedCall } from './call.js';
import { CallError } from './call-error.js';
import { publicLookup } from './public-address.js';
import { type SigningKey, signedHeaders } from './signing-keys.js';

/** How calls are made. */
export interface SignedCallerOptions {
  readonly keys: readonly SigningKey[];
  /** Connections to one endpoint at most. Callers bound what waits for one. */
  readonly connections: number;
  /** The largest answer, in bytes. */
  readonly answerBytes: number;
  /** Whether a host may have an address that is not public. */
  readonly allowsPrivate: boolean;
  /** Looks a host up; the system's by default. */
  readonly lookup?: typeof systemLookup;
}

/** What a connection that the other side closes, while a request is under way on it, fails with. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * Posts signed JSON to endpoints of a team's own. Redirects are not followed, proxies of the environment are not used, and an
 * answer is neither unpacked nor read past its bound.
 */
export class SignedCaller {
  private readonly agent: Agent;

  constructor(private readonly options: SignedCallerOptions) {
    const { connections, answerBytes, allowsPrivate, lookup } = options;
    this.agent = new Agent({
      connections,
      pipelining: 1,
      maxResponseSize: answerBytes,
      connect: allowsPrivate
        ? { ...(lookup && { lookup: lookup as never }) }
        : { lookup: publicLookup(lookup) },
    });
  }

  /**
   * Sends a call. Where the endpoint closes a kept connection at that moment, it is sent once more, under the same id.
   * @returns the answer, whatever its status.
   * @throws CallError `deadline`, `unreachable`, `address` or `too_large`.
   */
  async call(call: SignedCall): Promise<CallAnswer> {
    const signal = AbortSignal.timeout(call.deadlineMs);
    try {
      return await this.attempt(call, signal).catch((error: unknown) => {
        if (!CLOSED.has(codeOf(error))) throw error;
        return this.attempt(call, signal);
      });
    } catch (error) {
      throw toCallError(error, signal);
    }
  }

  /** Closes all connections at once. */
  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async attempt({ url, id, body }: SignedCall, signal: AbortSignal): Promise<CallAnswer> {
    const timestamp = Math.floor(Date.now() / 1_000);
    const answer = await request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': 'Parley',
        ...signedHeaders(this.options.keys, { id, timestamp, body }),
      },
      body,
      signal,
      dispatcher: this.agent,
    });
    return { status: answer.statusCode, type: typeOf(answer), body: await answer.body.text() };
  }
}

const typeOf = ({ headers }: Dispatcher.ResponseData): string =>
  String(headers['content-type'] ?? '')
    .split(';', 1)[0]!
    .trim()
    .toLowerCase();

function toCallError(error: unknown, signal: AbortSignal): CallError {
  if (error instanceof CallError) return error;
  if (signal.aborted) return new CallError('deadline', { cause: error });
  if (codeOf(error) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return new CallError('too_large', { cause: error });
  return new CallError('unreachable', { detail: codeOf(error), cause: error });
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
