import type { Message } from '@parley/protocol';
import type { RequestFrame } from '../wire/wire.js';
import type { Part } from './kept-messages.js';

interface Asked {
  readonly before?: number;
  readonly after?: number;
  readonly offset?: number;
  readonly limit?: number;
}

/** The part of the log that an answer to `channelJoin` or `channelMessages` shows; nothing for a page that is counted by its offset. */
export function partOf(
  { messages, hasMore = true }: { readonly messages: readonly Message[]; readonly hasMore?: boolean },
  asked: RequestFrame,
): Part | undefined {
  const { before, after, offset = 0 } = (asked[asked.type] ?? {}) as Asked;
  const seqs = messages.map(({ Seq }) => Seq);
  if (after !== undefined) {
    const isToTheEnd = !hasMore && before === undefined;
    const below = isToTheEnd ? Number.POSITIVE_INFINITY : hasMore ? Math.max(after, ...seqs) + 1 : before!;
    return { from: after + 1, below, messages };
  }
  if (offset > 0 && before === undefined) return undefined;
  const below = before ?? Number.POSITIVE_INFINITY;
  // The last page goes back to where the log begins.
  const from = hasMore ? Math.min(...seqs) : 1;
  return Number.isFinite(from) ? { from, below, messages } : undefined;
}
