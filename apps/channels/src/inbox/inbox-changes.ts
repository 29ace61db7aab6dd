import { hash } from 'node:crypto';
import { type LogPosition, mayBePrivate } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import { groupBy } from '../group-by.js';
import { receivedMember } from '../received/received-member.js';
import type { CursorToMove, InboxChange, MessageToInbox, NoteToInbox } from '../redis/append-inbox-items.js';
import type { AppendedMessage } from '../redis/append-messages.js';
import type { CountedPosition } from '../redis/log-state.js';
import { type MessageMark, memoryFor, splitByMemory } from '../redis/retention.js';

/** A stored message for the inbox of a user, who may be offline. */
export interface InboxMessage {
  readonly recipient: string;
  readonly channelUUID: string;
  readonly mark: MessageMark;
  readonly stored: Pick<AppendedMessage, 'UUID' | 'Seq' | 'epoch' | 'follows'> &
    Partial<Pick<AppendedMessage, 'number'>>;
  /** How far the recipient of a group's message had read when it was stored. */
  readonly read?: { readonly seq: number; readonly number: number } | undefined;
  /** The message as its channel holds it. */
  readonly json: string;
}

/** Anything else that a user is told of. */
export interface InboxNote {
  readonly recipient: string;
  /** What it is recognised by: see `noteRecord`. */
  readonly record: string;
  readonly item: NotedItem;
  /** The message that it is about, as the channel holds it. */
  readonly json?: string | undefined;
}

/** An item without its Seq and the text of its message. */
export type NotedItem = Omit<ServerFrameOf<'inboxItem'>['inboxItem'], 'seq' | 'message'>;

/** A position that a user has read up to. The version before did not say how many messages there are up to it. */
export type ReadPosition = LogPosition & Partial<Pick<CountedPosition, 'number'>>;

/** How far a user has read in a channel. */
export type Cursor = CursorToMove & { readonly recipient: string };
/** A change of one inbox. */
export type Change = InboxMessage | InboxNote | Cursor;

/** Changes of one kind in one inbox. */
export type Run =
  | { readonly messages: readonly InboxMessage[] }
  | { readonly notes: readonly InboxNote[] }
  | { readonly cursors: readonly Cursor[] };

/** The changes of a run. */
export function changesIn(run: Run): readonly Change[] {
  if ('messages' in run) return run.messages;
  return 'notes' in run ? run.notes : run.cursors;
}

/** Changes of one kind in one inbox each: messages of one memory, other items, and after all of them the cursors. */
export function runsOf(changes: readonly Change[]): Run[] {
  const messages: InboxMessage[] = [];
  const notes: InboxNote[] = [];
  const [cursors, rebased]: [Cursor[], Cursor[]] = [[], []];
  for (const change of changes) {
    if ('item' in change) notes.push(change);
    else if ('stored' in change) messages.push(change);
    else (change.was === undefined ? cursors : rebased).push(change);
  }
  const byUser = <One extends Change>(some: readonly One[]) =>
    some.length === 0 ? [] : [...groupBy(some, ({ recipient }) => recipient).values()];
  return [
    ...byUser(messages).flatMap((own) => splitByMemory(own).map((run) => ({ messages: run }))),
    ...byUser(notes).map((own) => ({ notes: own })),
    ...[...byUser(cursors), ...byUser(rebased)].map((own) => ({ cursors: own })),
  ];
}

/** A run as the script takes it. */
export function changeOf(run: Run): InboxChange {
  const { recipient } = changesIn(run)[0]!;
  if ('cursors' in run) return { recipient, cursors: run.cursors };
  if ('notes' in run) return { recipient, notes: run.notes.map(noteOf) };
  return { recipient, memory: memoryFor(run.messages[0]!.mark), messages: run.messages.map(messageOf) };
}

function messageOf(message: InboxMessage): MessageToInbox {
  const { channelUUID, stored, json, read } = message;
  const number = numberOf(message);
  return {
    record: recordOf(stored.UUID),
    channelUUID,
    epoch: stored.epoch,
    seq: stored.Seq,
    number,
    ...readBy(message),
    UUID: stored.UUID,
    json,
    before: read?.number ?? number - 1,
    received: mayBePrivate(channelUUID) ? receivedMember(stored.UUID, channelUUID) : '',
  };
}

const noteOf = ({ record, item, json = '' }: InboxNote): NoteToInbox => ({
  record,
  rest: `,${JSON.stringify(item).slice(1)}`,
  json,
});

/**
 * What the recipient has read as far as a message shows: a private one that follows one of the recipient's shows that the recipient has
 * read up to that one.
 */
function readBy(message: InboxMessage): { read: number; readSeq: number } {
  const { read, stored } = message;
  if (read !== undefined) return { read: read.number, readSeq: read.seq };
  return stored.follows === 'other'
    ? { read: numberOf(message) - 1, readSeq: stored.Seq - 1 }
    : { read: 0, readSeq: 0 };
}

/** How many messages there are up to a message. The version before did not say: where it wrote, there were no changes. */
const numberOf = ({ stored: { number, Seq } }: InboxMessage): number => number ?? Seq;

/** The positions that a message moves. */
export function cursorOf(message: InboxMessage): Cursor {
  const { recipient, channelUUID, stored } = message;
  const { read, readSeq: seq } = readBy(message);
  return {
    ...{ recipient, channelUUID, epoch: stored.epoch },
    ...{ read, seq, tells: 'lowered', newest: numberOf(message) },
  };
}

/** A record of an item that no message is put in by: as long as that of a message. `name` tells it from the others of its user. */
export const noteRecord = (name: string): string =>
  hash('sha256', name, 'base64url').slice(0, RECORD_CHARACTERS);

/** Characters of a UUID in base64url. */
const RECORD_CHARACTERS = 22;

/** A UUID in 22 characters. All text: ioredis writes a command of text alone faster than one with bytes in it. */
const recordOf = (UUID: string): string => Buffer.from(UUID.replaceAll('-', ''), 'hex').toString('base64url');
