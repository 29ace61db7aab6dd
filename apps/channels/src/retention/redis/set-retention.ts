import { type ChannelRetention, GENERAL_CHANNEL, type RetentionChange } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './set-retention.lua.js';

const script = new Script(source);

/**
 * Says which messages a channel keeps, after a change if there is one. Rejects with Redis's error.
 * @throws AppError CHANNEL_NOT_FOUND for a channel of which nothing is stored.
 */
export async function setRetention(
  redis: RedisConnection,
  keys: ChannelKeys,
  channelUUID: string,
  change?: RetentionChange,
): Promise<ChannelRetention> {
  const { messages = '', ms = '' } = typeof change === 'object' ? change : {};
  const kind = typeof change === 'object' ? 'set' : (change ?? 'show');
  const mayBeNew = channelUUID === GENERAL_CHANNEL ? 1 : 0;
  const reply = (await script.run(
    redis,
    [keys.meta(channelUUID), keys.log(channelUUID)],
    [kind, messages, ms, mayBeNew],
  )) as string;
  if (reply === 'ABSENT') throw new AppError('CHANNEL_NOT_FOUND');
  const [own, age] = reply.split(' ') as [string, string];
  return { ...(own !== '-' && { messages: Number(own) }), ...(age !== '0' && { ms: Number(age) }) };
}
