import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'leave-channel.lua');

/** What {@link leaveChannel} takes; the script's header says what each entry is. */
export interface LeaveChannel {
  readonly keys: { readonly joined: string; readonly users: string };
  readonly connection: string;
  readonly frame: string;
  readonly publish: 'PUBLISH' | 'SPUBLISH';
  readonly frames: string;
}

/** Takes a connection out of a channel, also when Redis is full; returns how many its gateway still has there. */
export async function leaveChannel(
  redis: RedisConnection,
  { keys, connection, frame, publish, frames }: LeaveChannel,
): Promise<number> {
  const left = await script.run(redis, [keys.joined, keys.users], [connection, frame, publish, frames]);
  return left as number;
}
