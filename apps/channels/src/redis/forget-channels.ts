import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'forget-channels.lua');

/** A channel that was found empty, with the mark of its last join before. */
export interface EmptyChannel {
  readonly channelUUID: string;
  readonly mark: string;
}

/** Takes channels that were found empty out of a gateway's, each unless it was joined since; also when Redis is full. */
export async function forgetChannels(
  redis: RedisConnection,
  keys: { readonly gateway: string },
  channels: readonly EmptyChannel[],
): Promise<void> {
  const named = channels.flatMap(({ channelUUID, mark }) => [channelUUID, mark]);
  await script.run(redis, [keys.gateway], named);
}
