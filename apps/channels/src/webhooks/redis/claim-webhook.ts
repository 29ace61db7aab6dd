import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import type { WebhookLine } from '../webhook-line.js';
import source from './claim-webhook.lua.js';

const script = new Script(source);

/** A log that this replica sends the entries of. */
export interface Claim {
  readonly log: string;
  /** When it ends, in ms by Redis's clock. It names the claim. */
  readonly until: string;
  /** How often the log was noted until then. */
  readonly news: string;
  /** How far the webhook has come: see `WebhookPosition`. Empty for a log that has no position. */
  readonly at: string;
}

/**
 * Takes the log that is due first, for `ms`. @returns the milliseconds until one is due where none is; -1 where none waits.
 * Rejects with Redis's error.
 */
export async function claimWebhook(
  redis: RedisConnection,
  keys: ChannelKeys,
  line: WebhookLine,
  ms: number,
): Promise<Claim | number> {
  const reply = await script.run(redis, keys.webhookLine(line), [ms]);
  const [log, until, news, at] = reply as [string, string, string, string];
  return log === '' ? Number(until) : { log, until, news, at };
}
