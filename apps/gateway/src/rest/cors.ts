import type { IncomingMessage } from 'node:http';
import { AppError } from '@parley/protocol';
import { REST_OPERATION_IDS, restOperation } from '@parley/protocol/rest';
import type { AllowedOrigins } from '../socket/allowed-origins.js';

/** How long a browser keeps what a preflight was answered with, in seconds: Chromium keeps nothing for longer than two hours. */
const PREFLIGHT_SECONDS = 7_200;
const METHODS = [...new Set(REST_OPERATION_IDS.map((id) => restOperation(id).method))].join(', ');
const REQUEST_HEADERS = 'authorization, content-type, idempotency-key, if-none-match, parley-act-as';
const ANSWER_HEADERS = 'etag, location, ratelimit, ratelimit-policy, retry-after';

/** What a page of another origin may do with the API: all, if it may open a WebSocket; otherwise nothing. */
export class Cors {
  constructor(private readonly origins: AllowedOrigins) {}

  /**
   * The headers of every answer to a page. Programs name no origin and get none.
   * @throws AppError FORBIDDEN for a page that may not ask.
   */
  headersFor(request: IncomingMessage): Record<string, string> {
    const { origin } = request.headers;
    if (origin === undefined) return { vary: 'origin' };
    if (!this.origins.admits(request))
      throw new AppError('FORBIDDEN', { message: 'Pages of this origin may not ask (ALLOWED_ORIGINS).' });
    return {
      vary: 'origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': ANSWER_HEADERS,
    };
  }

  /** What a browser is told before a page's request; undefined where a request is no preflight. */
  preflight({ method, headers }: IncomingMessage): Record<string, string> | undefined {
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined;
    return {
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    };
  }
}
