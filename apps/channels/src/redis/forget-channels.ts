import { type RedisConnection, Script } from '@parley/redis';
import source from './forget-channels.lua.js';
import type { ChannelKeys } from './keys.js';

const script = new Script(source);

/** Channels of a gateway that were found empty. */
export interface ForgetChannels {
  readonly gatewayId: string;
  readonly channels: readonly EmptyChannel[];
}

/** A channel that was found empty, with the mark that its last join had before. */
export interface EmptyChannel {
  readonly channelUUID: string;
  readonly mark: string;
}

/** Removes channels from those of a gateway, except any that was joined since. Works when Redis is full, too. */
export async function forgetChannels(
  redis: RedisConnection,
  keys: ChannelKeys,
  { gatewayId, channels }: ForgetChannels,
): Promise<void> {
  const marked = channels.flatMap(({ channelUUID, mark }) => [channelUUID, mark]);
  await script.run(redis, [keys.gatewayChannels(gatewayId)], marked);
}
