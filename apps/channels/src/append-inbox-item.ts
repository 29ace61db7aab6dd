import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'append-inbox-item.lua');

/** What {@link appendInboxItem} takes; the script's header says what each entry is. */
export interface AppendInboxItem {
  readonly keys: {
    readonly meta: string;
    readonly log: string;
    readonly unread: string;
    readonly recorded: string;
    readonly recordedEarlier: string;
  };
  readonly fresh: string;
  readonly record: Buffer;
  readonly recordMs: number;
  readonly channel: string;
  readonly message: string;
  readonly keep: number;
  readonly publish: 'PUBLISH' | 'SPUBLISH';
  readonly frames: string;
}

/** Puts a message into an inbox, once; STORAGE_FULL surfaces as Redis's error. */
export async function appendInboxItem(
  redis: RedisConnection,
  { keys, ...args }: AppendInboxItem,
): Promise<void> {
  await script.run(
    redis,
    [keys.meta, keys.log, keys.unread, keys.recorded, keys.recordedEarlier],
    [
      args.fresh,
      args.record,
      args.recordMs,
      args.channel,
      args.message,
      args.keep,
      args.publish,
      args.frames,
    ],
  );
}
