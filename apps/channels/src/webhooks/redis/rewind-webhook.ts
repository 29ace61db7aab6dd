import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './rewind-webhook.lua.js';

const script = new Script(source);

/** Has a webhook begin again in a channel, after the entry of `at`. May be repeated. Rejects with Redis's error. */
export async function rewindWebhook(
  redis: RedisConnection,
  keys: ChannelKeys,
  name: string,
  { channelUUID, at }: { readonly channelUUID: string; readonly at: string },
): Promise<void> {
  await script.run(
    redis,
    [keys.webhook(name, 'due'), keys.webhook(name, 'news'), keys.webhook(name, 'at')],
    [channelUUID, at],
  );
}
