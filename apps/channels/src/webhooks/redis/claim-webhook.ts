import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './claim-webhook.lua.js';

const script = new Script(source);

/** A channel that this replica sends the entries of. */
export interface Claim {
  readonly channelUUID: string;
  /** When it ends, in ms by Redis's clock. It names the claim. */
  readonly until: string;
  /** How often the channel was noted until then. */
  readonly news: string;
  /** How far the webhook has come: see `WebhookPosition`. Empty for a channel that has no position. */
  readonly at: string;
}

/**
 * Takes the channel that is due first, for `ms`. @returns the milliseconds until one is due where none is; -1 where none waits.
 * Rejects with Redis's error.
 */
export async function claimWebhook(
  redis: RedisConnection,
  keys: ChannelKeys,
  name: string,
  ms: number,
): Promise<Claim | number> {
  const reply = await script.run(
    redis,
    [keys.webhook(name, 'due'), keys.webhook(name, 'news'), keys.webhook(name, 'at')],
    [ms],
  );
  const [channelUUID, until, news, at] = reply as [string, string, string, string];
  return channelUUID === '' ? Number(until) : { channelUUID, until, news, at };
}
