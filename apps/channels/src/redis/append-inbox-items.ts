import { randomUUID } from 'node:crypto';
import { inboxId } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import { publishCommand } from './publish-command.js';
import type { Memory } from './retention.js';

const script = new Script(import.meta.url, 'append-inbox-items.lua');

/** Messages for inboxes, and how long they are remembered at least and how many items an inbox keeps at least. */
export interface AppendInboxItems {
  /** For a message with a `clientUUID`. */
  readonly postedMs: number;
  /** For a message without one. */
  readonly handledMs: number;
  readonly keep: number;
  readonly inboxes: readonly InboxToAppendTo[];
}

/** One of the inboxes, with messages of one memory. An inbox with messages of both is given once for each run of them. */
export interface InboxToAppendTo {
  readonly recipient: string;
  readonly memory: Memory;
  readonly messages: readonly MessageToInbox[];
}

/** One of the messages. */
export interface MessageToInbox {
  readonly record: string;
  readonly channelUUID: string;
  readonly isUnread: boolean;
  readonly json: string;
}

/** Puts messages into inboxes, each once. Returns Redis's error for each inbox that failed; a full Redis changed nothing there. */
export async function appendInboxItems(
  redis: RedisConnection,
  keys: ChannelKeys,
  { postedMs, handledMs, keep, inboxes }: AppendInboxItems,
): Promise<(undefined | Error)[]> {
  const faults = await script.run(
    redis,
    inboxes.flatMap((inbox) => keysOf(keys, inbox)),
    [postedMs, handledMs, keep, publishCommand(redis), ...inboxes.flatMap((inbox) => argsOf(keys, inbox))],
  );
  return (faults as string[]).map((fault) => (fault === '' ? undefined : new Error(fault)));
}

function keysOf(keys: ChannelKeys, { recipient, memory }: InboxToAppendTo): string[] {
  const inbox = inboxId(recipient);
  return [keys.meta(inbox), keys.log(inbox), keys.unread(recipient), ...keys.memory(inbox, memory)];
}

function argsOf(keys: ChannelKeys, { recipient, memory, messages }: InboxToAppendTo): (string | number)[] {
  const fields = messages.flatMap(({ record, channelUUID, isUnread, json }) => {
    return [record, channelUUID, isUnread ? 1 : 0, json];
  });
  return [randomUUID(), keys.frames(inboxId(recipient)), memory, messages.length, ...fields];
}
