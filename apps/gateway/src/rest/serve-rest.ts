import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { TokenRate } from '../pacing/token-bucket.js';
import type { AllowedOrigins } from '../socket/allowed-origins.js';
import { AUTHENTICATOR, type Authenticator } from './authenticator.js';
import { Cors } from './cors.js';
import { ApiKeys } from './operators/api-keys.js';
import { RequestRates } from './request-rates.js';
import { type HookReply, type HookRequest, RestGate } from './rest-gate.js';

/** What the API needs of the gateway. */
export interface RestOptions {
  readonly origins: AllowedOrigins;
  readonly trustProxy: boolean;
  /** Requests of one caller; undefined: no limit. */
  readonly rate: TokenRate | undefined;
  /** Requests with one key of an operator or a bot; undefined: no limit. */
  readonly keyRate: TokenRate | undefined;
  readonly isEnding: () => boolean;
}

/** From now on requests of the API pass the gate before their bodies are read. */
export function serveRest(
  app: NestFastifyApplication,
  { origins, rate, keyRate, ...rest }: RestOptions,
): void {
  const gate = new RestGate({
    ...rest,
    authenticator: app.get<Authenticator>(AUTHENTICATOR, { strict: false }),
    cors: new Cors(origins),
    rates: new RequestRates(rate, keyRate),
    settle: (outcome) => app.get(ApiKeys, { strict: false }).settle(outcome),
  });
  const http = app.getHttpAdapter().getInstance();
  http.addHook('onRequest', async (request, reply) => {
    const isIn = await gate.admit(request as unknown as HookRequest, reply as unknown as HookReply);
    return isIn ? undefined : reply;
  });
}
