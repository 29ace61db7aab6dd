import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'append-inbox-items.lua');

/** What {@link appendInboxItems} takes; the script's header says what each entry is. */
export interface AppendInboxItems {
  readonly postedMs: number;
  readonly handledMs: number;
  readonly keep: number;
  readonly publish: 'PUBLISH' | 'SPUBLISH';
  readonly inboxes: readonly AppendableInbox[];
}

/** One of the inboxes, with messages of one memory; an inbox with messages of both comes once for each run of them. */
export interface AppendableInbox {
  readonly keys: {
    readonly meta: string;
    readonly log: string;
    readonly unread: string;
    /** The younger and the older half of the memory. */
    readonly memory: readonly [string, string];
  };
  readonly fresh: string;
  readonly frames: string;
  readonly memory: 'posted' | 'handled';
  readonly messages: readonly InboxedMessage[];
}

/** One of the messages. */
export interface InboxedMessage {
  readonly record: string;
  readonly channel: string;
  readonly isUnread: boolean;
  readonly message: string;
}

/** Puts messages into inboxes, each once. Returns for each inbox the error, by which where Redis is full none was put in. */
export async function appendInboxItems(
  redis: RedisConnection,
  { inboxes, ...args }: AppendInboxItems,
): Promise<(Error | undefined)[]> {
  const reply = await script.run(
    redis,
    inboxes.flatMap(({ keys }) => [keys.meta, keys.log, keys.unread, ...keys.memory]),
    [args.postedMs, args.handledMs, args.keep, args.publish, ...inboxes.flatMap(argsOf)],
  );
  return (reply as string[]).map((fault) => (fault === '' ? undefined : new Error(fault)));
}

function argsOf({ fresh, frames, memory, messages }: AppendableInbox): (string | number)[] {
  const fields = messages.flatMap(({ record, channel, isUnread, message }) => {
    return [record, channel, isUnread ? 1 : 0, message];
  });
  return [fresh, frames, memory, messages.length, ...fields];
}
