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

/** One of the inboxes, with what is put into it. */
export interface AppendableInbox {
  readonly keys: {
    readonly meta: string;
    readonly log: string;
    readonly unread: string;
    /** The younger and the older half. */
    readonly posted: readonly [string, string];
    readonly handled: readonly [string, string];
  };
  readonly fresh: string;
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

/** Puts messages into inboxes, each once. Returns for each inbox the error, by which where Redis is full none was put in. */
export async function appendInboxItems(
  redis: RedisConnection,
  { inboxes, ...args }: AppendInboxItems,
): Promise<(Error | undefined)[]> {
  const reply = await script.run(
    redis,
    inboxes.flatMap(({ keys }) => [keys.meta, keys.log, keys.unread, ...keys.posted, ...keys.handled]),
    [args.postedMs, args.handledMs, args.keep, args.publish, ...inboxes.flatMap(argsOf)],
  );
  return (reply as string[]).map((fault) => (fault === '' ? undefined : new Error(fault)));
}

function argsOf({ fresh, frames, messages }: AppendableInbox): (string | number)[] {
  const fields = messages.flatMap(({ memory, record, channel, isUnread, message }) => {
    return [memory, record, channel, isUnread ? 1 : 0, message];
  });
  return [fresh, frames, messages.length, ...fields];
}
