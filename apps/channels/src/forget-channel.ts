import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'forget-channel.lua');

/** What {@link forgetChannel} takes; the script's header says what each entry is. */
export interface ForgetChannel {
  readonly keys: { readonly gateway: string };
  readonly channel: string;
  readonly mark: string;
}

/** Takes a channel that was found empty out of a gateway's, unless it was joined since; also when Redis is full. */
export async function forgetChannel(
  redis: RedisConnection,
  { keys, channel, mark }: ForgetChannel,
): Promise<void> {
  await script.run(redis, [keys.gateway], [channel, mark]);
}
