import type { RedisConnection } from '../transport-options.js';
import source from './leave-events.lua.js';
import { Script } from './script.js';

const script = new Script(source);

/** Events that a replica has no handler for, and after how much silence an entry is taken over. */
export interface LeaveEvents {
  group: string;
  consumer: string;
  idleMs: number;
  /** `tries` counts this delivery. */
  events: readonly { id: string; route: string; tries: number }[];
}

/** Leaves the events to replicas that handle them, or acknowledges them. Returns how many were left to others. */
export async function leaveEvents(
  redis: RedisConnection,
  keys: { stream: string; handled: string },
  { group, consumer, idleMs, events }: LeaveEvents,
): Promise<number> {
  const args = events.flatMap(({ id, route, tries }) => [id, route, tries - 1]);
  return (await script.run(redis, [keys.stream, keys.handled], [group, consumer, idleMs, ...args])) as number;
}
