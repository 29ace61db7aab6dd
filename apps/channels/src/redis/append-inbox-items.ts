import { randomUUID } from 'node:crypto';
import { inboxId } from '@parley/contracts';
import { Script } from '@parley/redis';
import source from './append-inbox-items.lua.js';
import type { Appender } from './appender.js';
import type { ChannelKeys } from './keys.js';
import type { Memory } from './retention.js';

const script = new Script(source);

/** Changes of inboxes, and how long items are remembered at least and how many of them an inbox keeps at least. */
export interface AppendInboxItems {
  /** For a message with a `clientUUID`, and for whatever is no message. */
  readonly postedMs: number;
  /** For a message without a `clientUUID`. */
  readonly handledMs: number;
  readonly keep: number;
  /** Cursors last. */
  readonly changes: readonly InboxChange[];
}

/** What changes in an inbox: messages of one memory that are put in, other items, or cursors that move. */
export type InboxChange = InboxMessages | InboxNotes | InboxCursors;

export interface InboxMessages {
  readonly recipient: string;
  readonly memory: Memory;
  readonly messages: readonly MessageToInbox[];
}

export interface InboxNotes {
  readonly recipient: string;
  readonly notes: readonly NoteToInbox[];
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
  /** How many messages its recipient has read as far as it shows, and the Seq up to which that is; 0 where it shows nothing. */
  readonly read: number;
  readonly readSeq: number;
  readonly UUID: string;
  /** Shown to those who have the inbox open, and not stored there. */
  readonly json: string;
  /** How many messages there were before those that are new to a recipient who has no place. */
  readonly before: number;
  /** See `receivedMember`; empty for a message of a group. */
  readonly received: string;
}

/** One of the other items. */
export interface NoteToInbox {
  readonly record: string;
  /** The JSON of the item after its Seq, from a comma on and with the last brace. */
  readonly rest: string;
  /** Shown as that of a message; empty for an item about none. */
  readonly json: string;
}

/**
 * What a cursor tells its user's connections: `lowered` where fewer messages are unread then, `known` the same where the channel has a place
 * already, without which nothing is written, `moved` where it moves.
 */
export type CursorTells = 'lowered' | 'known' | 'moved';

/** How far a user has read in a channel. */
export interface CursorToMove {
  readonly channelUUID: string;
  readonly epoch: string;
  /** How many messages the user has read, and the Seq up to which that is. */
  readonly read: number;
  readonly seq: number;
  readonly tells: CursorTells;
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
 * Puts messages and other items into inboxes, each once, and moves cursors. Returns for each change the places that are unchanged, or
 * Redis's error; a full Redis puts nothing in, and moves cursors.
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
  const memory = 'cursors' in change ? [] : keys.memory(inbox, 'notes' in change ? 'posted' : change.memory);
  return [keys.meta(inbox), keys.log(inbox), keys.unread(recipient), ...memory];
}

function argsOf(keys: ChannelKeys, change: InboxChange): (string | number)[] {
  const [kind, fields] = kindAndFields(change);
  return [keys.frames(inboxId(change.recipient)), kind, fields.length, ...fields];
}

function kindAndFields(change: InboxChange): readonly [string, (string | number)[]] {
  if ('messages' in change) return [change.memory, change.messages.flatMap(messageFields)];
  if ('notes' in change)
    return ['noted', change.notes.flatMap(({ record, rest, json }) => [record, rest, json])];
  const { cursors } = change;
  return [cursors[0]!.was === undefined ? 'read' : 'rebased', cursors.flatMap(cursorFields)];
}

function messageFields(message: MessageToInbox): (string | number)[] {
  const { record, channelUUID, epoch, seq, number, read, readSeq, UUID, json, before, received } = message;
  return [record, channelUUID, epoch, seq, number, read, readSeq, UUID, json, before, received];
}

function cursorFields(cursor: CursorToMove): (string | number)[] {
  const { channelUUID, epoch, read, seq, tells, newest, was } = cursor;
  return [
    channelUUID,
    epoch,
    read,
    seq,
    tells,
    ...(was === undefined ? [] : [newest, was.epoch, was.common]),
  ];
}

function straysOf(texts: readonly string[]): StrayPlace[] {
  const strays: StrayPlace[] = [];
  for (let at = 0; at < texts.length; at += 2)
    strays.push({ channelUUID: texts[at]!, epoch: texts[at + 1]! });
  return strays;
}
