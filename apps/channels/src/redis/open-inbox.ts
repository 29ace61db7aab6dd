import type { LogHead } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'open-inbox.lua');

/** What {@link openInbox} takes; the script's header says what each entry is. */
export interface OpenInbox {
  readonly keys: { readonly meta: string; readonly log: string; readonly unread: string };
  readonly fresh: string;
}

/** Where an inbox stands and how much in it is unread; STORAGE_FULL surfaces as Redis's error. */
export async function openInbox(
  redis: RedisConnection,
  { keys, fresh }: OpenInbox,
): Promise<LogHead & { readonly unread: number }> {
  const reply = await script.run(redis, [keys.meta, keys.log, keys.unread], [fresh]);
  const [epoch, seq, first, unread] = reply as [string, string, string, number];
  return { epoch, seq: Number(seq), first: Number(first), unread };
}
