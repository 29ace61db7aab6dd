import { randomUUID } from 'node:crypto';
import { inboxId } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import { publishCommand } from './publish-command.js';
import type { Memory } from './retention.js';

const script = new Script(import.meta.url, 'append-inbox-items.lua');

/** Changes of inboxes, and how long messages are remembered at least and how many items an inbox keeps at least. */
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
  readonly cursors: readonly CursorToMove[];
}

/** One of the messages. */
export interface MessageToInbox {
  readonly record: string;
  readonly channelUUID: string;
  /** The epoch and the Seq of the message in its channel. */
  readonly epoch: string;
  readonly seq: number;
  /** The Seq up to which the message shows that its recipient has read; 0 where it shows nothing. */
  readonly read: number;
  readonly json: string;
}

/** How far a user has read in a private channel. */
export interface CursorToMove {
  readonly channelUUID: string;
  readonly epoch: string;
  readonly read: number;
  /** The newest Seq for the user; 0 where that is not known. */
  readonly newest: number;
  /** The epoch that the place in the inbox is in, and how far it is the same as `epoch`. */
  readonly was?: { readonly epoch: string; readonly common: number } | undefined;
}

/** A channel whose place in an inbox is of another epoch than its change, and so is unchanged. */
export interface StrayPlace {
  readonly channelUUID: string;
  readonly epoch: string;
}

/**
 * Puts messages into inboxes, each once, and moves cursors. Returns for each inbox the places that are unchanged, or Redis's
 * error; a full Redis puts no message in, and moves cursors.
 */
export async function appendInboxItems(
  redis: RedisConnection,
  keys: ChannelKeys,
  { postedMs, handledMs, keep, inboxes }: AppendInboxItems,
): Promise<(StrayPlace[] | Error)[]> {
  const outcomes = await script.run(
    redis,
    inboxes.flatMap((inbox) => keysOf(keys, inbox)),
    [postedMs, handledMs, keep, publishCommand(redis), ...inboxes.flatMap((inbox) => argsOf(keys, inbox))],
  );
  return (outcomes as (string | string[])[]).map((outcome) =>
    typeof outcome === 'string' ? new Error(outcome) : straysOf(outcome),
  );
}

function keysOf(keys: ChannelKeys, { recipient, memory }: InboxToAppendTo): string[] {
  const inbox = inboxId(recipient);
  return [
    ...[keys.meta(inbox), keys.log(inbox), keys.unread(recipient), keys.positions(recipient)],
    ...keys.memory(inbox, memory),
  ];
}

function argsOf(keys: ChannelKeys, inbox: InboxToAppendTo): (string | number)[] {
  const { recipient, memory, messages, cursors } = inbox;
  return [
    ...[randomUUID(), keys.frames(inboxId(recipient)), memory, messages.length, cursors.length],
    ...messages.flatMap(({ record, channelUUID, epoch, seq, read, json }) => {
      return [record, channelUUID, epoch, seq, read, json];
    }),
    ...cursors.flatMap(({ channelUUID, epoch, read, newest, was }) => {
      return [channelUUID, epoch, read, newest, was?.epoch ?? '', was?.common ?? 0];
    }),
  ];
}

function straysOf(texts: readonly string[]): StrayPlace[] {
  const strays: StrayPlace[] = [];
  for (let at = 0; at < texts.length; at += 2)
    strays.push({ channelUUID: texts[at]!, epoch: texts[at + 1]! });
  return strays;
}
