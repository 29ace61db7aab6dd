import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import { UNKNOWN_EPOCH } from '../webhook-position.js';
import source from './mark-webhooks.lua.js';

const script = new Script(source);

/** A new entry of a channel. */
export interface Mark {
  readonly channelUUID: string;
  /** Unknown for a change. */
  readonly epoch?: string | undefined;
  /** A webhook that has no position in the channel begins with this entry. */
  readonly seq: number;
}

/** Notes for a webhook that channels have new entries. May be repeated. Rejects with Redis's error. */
export async function markWebhooks(
  redis: RedisConnection,
  keys: ChannelKeys,
  name: string,
  marks: readonly Mark[],
): Promise<void> {
  await script.run(
    redis,
    [keys.webhook(name, 'due'), keys.webhook(name, 'news'), keys.webhook(name, 'at')],
    marks.flatMap(({ channelUUID, epoch, seq }) => [channelUUID, epoch ?? UNKNOWN_EPOCH, seq]),
  );
}
