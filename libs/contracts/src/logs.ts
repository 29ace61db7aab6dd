/** A log: a channel's by its UUID, or an inbox by {@link inboxId}. */
export type LogId = string;

/** The log of the messages to a user from all private channels. */
export const inboxId = (userUUID: string): LogId => `inbox:${userUUID}`;

/** Where a log stands: its epoch, its newest Seq, and the oldest that it still holds (newest + 1 when empty). */
export interface LogHead {
  readonly epoch: string;
  readonly seq: number;
  readonly first: number;
}

/** How far a reader has come in a log: it has every entry of this epoch up to `seq`. */
export type LogPosition = Pick<LogHead, 'epoch' | 'seq'>;

/**
 * Whether a reader at `position` can get every entry that it misses from a log that stands at `head`: the epoch is the same,
 * the log has come at least as far, and it still holds the next entry after the position. If not, the reader starts again
 * at the head.
 */
export const isRecoverable = ({ epoch, seq }: LogPosition, head: LogHead): boolean =>
  epoch === head.epoch && seq <= head.seq && seq + 1 >= head.first;

/** A part of a log, as it was published. */
export interface LogPage extends LogHead {
  /** The finished JSON of each frame, oldest first, with its Seq. */
  readonly frames: readonly { readonly seq: number; readonly json: string }[];
}
