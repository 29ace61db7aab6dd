import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'leave-channels.lua');

/** What {@link leaveChannels} takes; the script's header says what each entry is. */
export interface LeaveChannels {
  readonly publish: 'PUBLISH' | 'SPUBLISH';
  readonly leaves: readonly ChannelToLeave[];
}

/** One of the leaves. */
export interface ChannelToLeave {
  readonly keys: { readonly joined: string; readonly users: string };
  readonly connection: string;
  readonly frame: string;
  readonly frames: string;
}

/**
 * Takes connections out of channels, also when Redis is full; returns for each how many its gateway still has there, or
 * Redis's error. Rejects with Redis's error when nothing at all could be done.
 */
export async function leaveChannels(
  redis: RedisConnection,
  { publish, leaves }: LeaveChannels,
): Promise<(number | Error)[]> {
  const outcomes = await script.run(
    redis,
    leaves.flatMap(({ keys }) => [keys.joined, keys.users]),
    [publish, ...leaves.flatMap(({ connection, frame, frames }) => [connection, frame, frames])],
  );
  return (outcomes as (number | string)[]).map((left) => (typeof left === 'number' ? left : new Error(left)));
}
