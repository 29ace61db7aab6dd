import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'make-channel.lua');

/** What {@link makeChannel} takes; the script's header says what each entry is. */
export interface MakeChannel {
  readonly keys: { readonly meta: string };
  readonly kind: 'general' | 'private';
  readonly one: string;
  readonly other: string;
}

/** Makes a channel that is new; STORAGE_FULL surfaces as Redis's error. */
export async function makeChannel(
  redis: RedisConnection,
  { keys, kind, one, other }: MakeChannel,
): Promise<void> {
  await script.run(redis, [keys.meta], [kind, one, other]);
}
