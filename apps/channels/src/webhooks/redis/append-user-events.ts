import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './append-user-events.lua.js';

const script = new Script(source);

/** An event of a user, and where it comes from: a stream of the users service, and its id there. */
export interface FetchedEvent {
  readonly stream: string;
  readonly id: string;
  readonly json: string;
}

/** New events of one user. */
export interface AppendUserEvents {
  readonly userUUID: string;
  readonly events: readonly FetchedEvent[];
  /** Events that the log keeps at least. */
  readonly keep: number;
  /** How long the log stays after its newest event. */
  readonly keepMs: number;
}

/** Appends events, each once. @returns the Seq of each. Rejects with Redis's error. */
export async function appendUserEvents(
  redis: RedisConnection,
  keys: ChannelKeys,
  { userUUID, events, keep, keepMs }: AppendUserEvents,
): Promise<number[]> {
  const seqs = await script.run(
    redis,
    [keys.userEvents(userUUID)],
    [keep, keepMs, ...events.flatMap(({ stream, id, json }) => [stream, id, json])],
  );
  return seqs as number[];
}
