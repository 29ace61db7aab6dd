import { hash } from 'node:crypto';

/** Injection token of the {@link Retention}. */
export const RETENTION = Symbol('retention');

/** How much of the logs is kept, whose inboxes get what is written in groups, and how long a message is remembered so that it is recognised when it is sent again. */
export interface Retention {
  /** Newest messages that a channel keeps at least; 0 keeps all. */
  readonly messages: number;
  /** Newest changes that a channel keeps at least. */
  readonly changes: number;
  /** Newest items that an inbox keeps at least. */
  readonly inboxItems: number;
  readonly clientUuidMs: number;
  /** Members of a group at most whose messages go into the inbox of each; 0 for none. */
  readonly fanOutMembers: number;
}

/** What makes a message the same one when it is sent again: its sender's `clientUUID`, or else the key of its post. */
export type MessageMark = { readonly clientUUID: string } | { readonly key: string };

/** Where a log remembers messages: those with a `clientUUID` in `posted`, the others, for a shorter time, in `handled`. */
export type Memory = 'posted' | 'handled';

/** The memory for messages with such a mark. */
export const memoryFor = (mark: MessageMark): Memory => ('clientUUID' in mark ? 'posted' : 'handled');

/** Characters (base64url) of the digest that a request is remembered by: 96 bits, in the space of a binary UUID. */
const RECORD_CHARACTERS = 16;

/** What a request is remembered by. `name` tells it from the others of its user. */
export const recordOf = (user: string, name: string): string =>
  hash('sha256', `${user} ${name}`, 'base64url').slice(0, RECORD_CHARACTERS);

/** Splits messages, in their order, into runs of one memory. */
export function splitByMemory<Marked extends { readonly mark: MessageMark }>(
  messages: readonly Marked[],
): Marked[][] {
  const runs: Marked[][] = [];
  for (const message of messages) {
    const run = runs.at(-1);
    if (run !== undefined && memoryFor(run[0]!.mark) === memoryFor(message.mark)) run.push(message);
    else runs.push([message]);
  }
  return runs;
}

/**
 * How long a post without a `clientUUID` is remembered at least, in milliseconds: twice the longest deadline of a request
 * (REQUEST_DEADLINE_MS). No replica handles the post after that.
 */
export const HANDLED_MS = 120_000;

/**
 * How long an inbox remembers a message with a `clientUUID` at least, in milliseconds: twice as long as one that is sent again
 * is put in again (OLD_MS of append-messages.lua).
 */
export const INBOX_POSTED_MS = 7_200_000;
