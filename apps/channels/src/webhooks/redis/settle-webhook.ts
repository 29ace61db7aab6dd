import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import type { WebhookLine } from '../webhook-line.js';
import type { Claim } from './claim-webhook.js';
import source from './settle-webhook.lua.js';

const script = new Script(source);

/** How far a webhook has come in a claimed log, and what is next. */
export interface Settled {
  readonly claim: Claim;
  /** Empty where the position is forgotten. */
  readonly at: string;
  /** `done` where there are no more entries, `later` where it waits, `more` where the claim goes on. */
  readonly next: 'done' | 'later' | 'more';
  /** With `later` and `more`, for how long, in milliseconds. */
  readonly ms?: number;
}

/** @returns the claim that goes on with `more`; `undefined` where it has ended. Rejects with Redis's error. */
export async function settleWebhook(
  redis: RedisConnection,
  keys: ChannelKeys,
  line: WebhookLine,
  { claim, at, next, ms = 0 }: Settled,
): Promise<Claim | undefined> {
  const { log, until, news } = claim;
  const outcome = await script.run(redis, keys.webhookLine(line), [log, until, at, news, next, ms]);
  return outcome === 'LOST' || next !== 'more' ? undefined : { ...claim, at, until: String(outcome) };
}
