import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import type { WebhookLine } from '../webhook-line.js';
import { UNKNOWN_EPOCH } from '../webhook-position.js';
import source from './mark-webhooks.lua.js';

const script = new Script(source);

/** A new entry of a log. */
export interface Mark {
  readonly log: string;
  /** Unknown for a change of a channel. */
  readonly epoch?: string | undefined;
  /** A webhook that has no position in the log begins with this entry. */
  readonly seq: number;
}

/** Notes for a webhook that logs have new entries. May be repeated. Rejects with Redis's error. */
export async function markWebhooks(
  redis: RedisConnection,
  keys: ChannelKeys,
  line: WebhookLine,
  marks: readonly Mark[],
): Promise<void> {
  await script.run(
    redis,
    keys.webhookLine(line),
    marks.flatMap(({ log, epoch, seq }) => [log, epoch ?? UNKNOWN_EPOCH, seq]),
  );
}
