import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'append-inbox-items.lua');

/** What {@link appendInboxItems} takes; the script's header says what each entry is. */
export interface AppendInboxItems {
  readonly keys: {
    readonly meta: string;
    readonly log: string;
    readonly unread: string;
    /** The younger and the older half. */
    readonly posted: readonly [string, string];
    readonly handled: readonly [string, string];
  };
  readonly fresh: string;
  readonly postedMs: number;
  readonly handledMs: number;
  readonly keep: number;
  readonly publish: 'PUBLISH' | 'SPUBLISH';
  readonly frames: string;
  readonly messages: readonly InboxedMessage[];
}

/** One of the messages. */
export interface InboxedMessage {
  readonly memory: 'posted' | 'handled';
  readonly record: string;
  readonly channel: string;
  readonly isUnread: boolean;
  readonly message: string;
}

/** Puts messages into one inbox, each once; STORAGE_FULL surfaces as Redis's error, and then none is put in. */
export async function appendInboxItems(
  redis: RedisConnection,
  { keys, messages, ...args }: AppendInboxItems,
): Promise<void> {
  await script.run(
    redis,
    [keys.meta, keys.log, keys.unread, ...keys.posted, ...keys.handled],
    [
      args.fresh,
      args.postedMs,
      args.handledMs,
      args.keep,
      args.publish,
      args.frames,
      ...messages.flatMap(({ memory, record, channel, isUnread, message }) => [
        memory,
        record,
        channel,
        isUnread ? 1 : 0,
        message,
      ]),
    ],
  );
}
