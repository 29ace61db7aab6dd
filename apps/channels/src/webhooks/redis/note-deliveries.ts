import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './note-deliveries.lua.js';

const script = new Script(source);

/** Deliveries of one webhook, each by the id of its event and as JSON. */
export interface NoteDeliveries {
  readonly noted: readonly { readonly id: string; readonly json: string }[];
  /** Deliveries that are kept. */
  readonly most: number;
}

/** Notes deliveries; those noted before under the same ids are replaced. @returns how many are kept. Rejects with Redis's error. */
export async function noteDeliveries(
  redis: RedisConnection,
  keys: ChannelKeys,
  name: string,
  { noted, most }: NoteDeliveries,
): Promise<number> {
  const kept = await script.run(
    redis,
    [keys.webhook(name, 'deliveries'), keys.webhook(name, 'recent')],
    [most, ...noted.flatMap(({ id, json }) => [id, json])],
  );
  return kept as number;
}
