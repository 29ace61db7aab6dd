import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import type { WebhookLine } from '../webhook-line.js';
import source from './rewind-webhook.lua.js';

const script = new Script(source);

/** Has a webhook begin again in a log, after the entry of `at`. May be repeated. Rejects with Redis's error. */
export async function rewindWebhook(
  redis: RedisConnection,
  keys: ChannelKeys,
  line: WebhookLine,
  { log, at }: { readonly log: string; readonly at: string },
): Promise<void> {
  await script.run(redis, keys.webhookLine(line), [log, at]);
}
