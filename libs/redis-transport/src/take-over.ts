import { LuaScript } from './lua-script.js';
import type { RedisConnection } from './transport-options.js';

const script = new LuaScript(import.meta.url, 'take-over.lua');

/** `retry`: run it (again). `split`: a batch, to be taken apart first. `exhausted`: to be set aside. */
export type TakeOverVerdict = 'retry' | 'split' | 'exhausted';

/** An entry that was claimed from a replica that is silent. */
export interface TakenEntry {
  id: string;
  verdict: TakeOverVerdict;
  /** Deliveries so far, without the one that a `retry` is. */
  tries: number;
  finished: ReadonlySet<number>;
  fields: string[];
}

export interface TakeOverRequest {
  group: string;
  consumer: string;
  minIdleMs: number;
  limit: number;
  maxTries: number;
  lastTryFree: boolean;
}

/** Claims what silent replicas had in hand. */
export async function takeOver(
  client: RedisConnection,
  keys: { stream: string; partial: string },
  request: TakeOverRequest,
): Promise<TakenEntry[]> {
  const { group, consumer, minIdleMs, limit, maxTries, lastTryFree } = request;
  const args = [group, consumer, minIdleMs, limit, maxTries, lastTryFree ? 1 : 0];
  const rows = (await script.run(client, [keys.stream, keys.partial], args)) as [
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
