import type { LogHead, LogPosition, ReaderEpoch } from '@parley/contracts';

/** A log's head as `headOf` of `log-read.lua` gives it. */
export type HeadReply = readonly [epoch: string, seq: string, first: string, from: string, common: string];

/** Where a log stands for the reader who asked. */
export function headOf([epoch, seq, first, from, common]: HeadReply): LogHead {
  return { epoch, seq: Number(seq), first: Number(first), from: Number(from), common: Number(common) };
}

/** The epoch that a script is asked for, empty for none. A client may name an empty one, which no log has. */
export const askedEpoch = (epoch: ReaderEpoch): string => (epoch === '' ? 'none' : (epoch ?? ''));

/** A position in a channel, and how many messages there are up to it: unread messages are counted by that. */
export interface CountedPosition extends LogPosition {
  readonly number: number;
}
