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
}

/** Takes over what silent replicas had in hand. */
export async function takeOver(
  redis: RedisConnection,
  keys: { stream: string; partial: string },
  { group, consumer, minIdleMs, limit, maxTries, lastTryFree }: TakeOver,
): Promise<TakenEntry[]> {
  const args = [group, consumer, minIdleMs, limit, maxTries, lastTryFree ? 1 : 0];
  const rows = (await script.run(redis, [keys.stream, keys.partial], args)) as [
    string,
    TakeOverVerdict,
    number,
    string,
    string[],
  ][];
  return rows.map(([id, verdict, tries, finished, fields]) => ({
    id,
    verdict,
    tries,
    finished: new Set(finished.split(',').filter(Boolean).map(Number)),
    fields,
  }));
}
