/** How much of the logs is kept, and for how long what came in is recognised when it comes again. */
export interface Retention {
  /** Newest messages that a channel keeps at least; 0 keeps all. */
  readonly messages: number;
  /** Newest items that an inbox keeps at least. */
  readonly inboxItems: number;
  readonly clientUuidMs: number;
}

/** What makes a message the same one when it comes again: its sender's mark, or else the name of its post. */
export type MessageMark = { readonly clientUUID: string } | { readonly key: string };

/** Where a message with such a mark is remembered; see `KEY_CATALOGUE`. */
export const memoryOf = (mark: MessageMark): 'posted' | 'handled' =>
  'clientUUID' in mark ? 'posted' : 'handled';

/** Messages in their order, split where those with a `clientUUID` and those without one change places. */
export function runsOf<Marked extends { readonly mark: MessageMark }>(
  messages: readonly Marked[],
): Marked[][] {
  const runs: Marked[][] = [];
  for (const message of messages) {
    const run = runs.at(-1);
    if (run !== undefined && memoryOf(run[0]!.mark) === memoryOf(message.mark)) run.push(message);
    else runs.push([message]);
  }
  return runs;
}

/**
 * How long a post without a `clientUUID` is remembered at least, in milliseconds: twice the longest deadline that a
 * request may have (REQUEST_DEADLINE_MS), past which nobody handles it again.
 */
export const HANDLED_MS = 120_000;
