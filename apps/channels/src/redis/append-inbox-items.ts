import { randomUUID } from 'node:crypto';
import { inboxId } from '@parley/contracts';
import { Script } from '@parley/redis';
import source from './append-inbox-items.lua.js';
import type { Appender } from './appender.js';
import type { ChannelKeys } from './keys.js';
import type { Memory } from './retention.js';

const script = new Script(source);

/** Changes of inboxes, and how long messages are remembered at least and how many items an inbox keeps at least. */
export interface AppendInboxItems {
  /** For a message with a `clientUUID`. */
  readonly postedMs: number;
  /** For a message without one. */
  readonly handledMs: number;
  readonly keep: number;
  /** Those with messages first. */
  readonly changes: readonly InboxChange[];
}

/** What changes in an inbox: messages of one memory that are put in, or cursors that move. */
export type InboxChange = InboxMessages | InboxCursors;

export interface InboxMessages {
  readonly recipient: string;
  readonly memory: Memory;
  readonly messages: readonly MessageToInbox[];
}

/** Cursors, all of them with `was` or none. */
export interface InboxCursors {
  readonly recipient: string;
  readonly cursors: readonly CursorToMove[];
}

/** One of the messages. */
export interface MessageToInbox {
  readonly record: string;
  readonly channelUUID: string;
  /** The epoch and the Seq of the message in its channel, and how many messages there are up to it. */
  readonly epoch: string;
  readonly seq: number;
  readonly number: number;
  /** How many messages it shows that its recipient has read; 0 where it shows nothing. */
  readonly read: number;
  readonly UUID: string;
  /** Shown to those who have the inbox open, and not stored there. */
  readonly json: string;
}

/** How far a user has read in a private channel. */
export interface CursorToMove {
  readonly channelUUID: string;
  readonly epoch: string;
  /** How many messages the user has read, and the Seq up to which that is. */
  readonly read: number;
  readonly seq: number;
  /** The number of the newest message for the user; 0 where that is not known. */
  readonly newest: number;
  /** The epoch that the place in the inbox is in, and how many messages it has in common with `epoch`. */
  readonly was?: { readonly epoch: string; readonly common: number } | undefined;
}

/** A channel whose place in an inbox is of another epoch than its change, and so is unchanged. */
export interface StrayPlace {
  readonly channelUUID: string;
  readonly epoch: string;
}

/**
 * Puts messages into inboxes, each once, and moves cursors. Returns for each change the places that are unchanged, or Redis's
 * error; a full Redis puts no message in, and moves cursors.
 */
export async function appendInboxItems(
  appender: Appender,
  keys: ChannelKeys,
  { postedMs, handledMs, keep, changes }: AppendInboxItems,
): Promise<(StrayPlace[] | Error)[]> {
  const outcomes = await appender.append(
    script,
    changes.flatMap((change) => keysOf(keys, change)),
    [
      ...[postedMs, handledMs, keep, appender.publish, randomUUID()],
      ...changes.flatMap((change) => argsOf(keys, change)),
    ],
  );
  return (outcomes as (string | string[])[]).map((outcome) =>
    typeof outcome === 'string' ? new Error(outcome) : straysOf(outcome),
  );
}

function keysOf(keys: ChannelKeys, change: InboxChange): string[] {
  const { recipient } = change;
  const inbox = inboxId(recipient);
  const memory = 'messages' in change ? keys.memory(inbox, change.memory) : [];
  return [keys.meta(inbox), keys.log(inbox), keys.unread(recipient), ...memory];
}

function argsOf(keys: ChannelKeys, change: InboxChange): (string | number)[] {
  const [kind, fields] =
    'messages' in change
      ? ([change.memory, change.messages.flatMap(fieldsOf)] as const)
      : cursorFields(change.cursors);
  return [keys.frames(inboxId(change.recipient)), kind, fields.length, ...fields];
}

function fieldsOf(message: MessageToInbox): (string | number)[] {
  const { record, channelUUID, epoch, seq, number, read, UUID, json } = message;
  return [record, channelUUID, epoch, seq, number, read, UUID, json];
}

function cursorFields(cursors: readonly CursorToMove[]): readonly ['read' | 'rebased', (string | number)[]] {
  if (cursors[0]!.was === undefined)
    return ['read', cursors.flatMap(({ channelUUID, epoch, read, seq }) => [channelUUID, epoch, read, seq])];
  return [
    'rebased',
    cursors.flatMap(({ channelUUID, epoch, read, seq, newest, was }) => {
      return [channelUUID, epoch, read, seq, newest, was!.epoch, was!.common];
    }),
  ];
}

function straysOf(texts: readonly string[]): StrayPlace[] {
  const strays: StrayPlace[] = [];
  for (let at = 0; at < texts.length; at += 2)
    strays.push({ channelUUID: texts[at]!, epoch: texts[at + 1]! });
  return strays;
}
