import type { RedisConnection } from '../transport-options.js';
import { Script } from './script.js';
import source from './take-over.lua.js';

const script = new Script(source);

/** `retry`: run it (again). `split`: a batch, to be taken apart first. `exhausted`: to be set aside. `gone`: trimmed. */
export type TakeOverVerdict = 'retry' | 'split' | 'exhausted' | 'gone';

/** An entry that was taken over from a silent replica. */
export interface TakenEntry {
  id: string;
  verdict: TakeOverVerdict;
  /** Deliveries so far, not counting the delivery of a `retry`. */
  tries: number;
  finished: ReadonlySet<number>;
  fields: string[];
}

/** Who takes over, from whom, and how much. */
export interface TakeOver {
  group: string;
  consumer: string;
  minIdleMs: number;
  limit: number;
  maxTries: number;
  lastTryFree: boolean;
  /** Where to begin: `-`, or what the look before gave. */
  from: string;
}

type TakenRow = [id: string, verdict: TakeOverVerdict, tries: number, finished: string, fields: string[]];

/** Takes over what silent replicas had in hand. Returns it, and where the next look begins. */
export async function takeOver(
  redis: RedisConnection,
  keys: { stream: string; partial: string },
  { group, consumer, minIdleMs, limit, maxTries, lastTryFree, from }: TakeOver,
): Promise<{ taken: TakenEntry[]; next: string }> {
  const args = [group, consumer, minIdleMs, limit, maxTries, lastTryFree ? 1 : 0, from];
  const [next, rows] = (await script.run(redis, [keys.stream, keys.partial], args)) as [string, TakenRow[]];
  const taken = rows.map(([id, verdict, tries, finished, fields]) => ({
    id,
    verdict,
    tries,
    finished: new Set(finished.split(',').filter(Boolean).map(Number)),
    fields,
  }));
  return { taken, next };
}
