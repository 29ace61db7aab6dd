import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'forget-connections.lua');

/** What {@link forgetConnections} takes; the script's header says what each entry is. */
export interface ForgetConnections {
  readonly keys: { readonly meta: string; readonly joined: string; readonly users: string };
  readonly most: number;
  readonly publish: 'PUBLISH' | 'SPUBLISH';
  readonly frames: string;
}

/** Takes some of an ended gateway's connections out of a channel; returns how many are left. */
export async function forgetConnections(
  redis: RedisConnection,
  { keys, most, publish, frames }: ForgetConnections,
): Promise<number> {
  const left = await script.run(redis, [keys.meta, keys.joined, keys.users], [most, publish, frames]);
  return left as number;
}
