/** A log: a channel's by its UUID, or an inbox by {@link inboxId}. */
export type LogId = string;

/** The log of the messages to a user from all private channels. */
export const inboxId = (userUUID: string): LogId => `inbox:${userUUID}`;

/** Whose inbox a log is; `undefined` for a channel's. */
export const inboxOwner = (log: LogId): string | undefined =>
  isInbox(log) ? log.slice('inbox:'.length) : undefined;

/** Whether a log is an inbox. */
export const isInbox = (log: LogId): boolean => log.startsWith('inbox:');

/** The epoch of a log that nobody has written to, the nil UUID: an epoch begins with its first entry. */
export const NO_EPOCH = '00000000-0000-0000-0000-000000000000';

/** Where a log stands, for a reader that has named the epoch it counts in, or none. */
export interface LogHead {
  /** The newest epoch that is recorded; {@link NO_EPOCH} before the first entry. */
  readonly epoch: string;
  /** The newest Seq that the log has given. */
  readonly seq: number;
  /** The oldest Seq that the log still holds (newest + 1 when empty). */
  readonly first: number;
  /** The Seq after which `epoch` began. */
  readonly from: number;
  /**
   * The newest Seq up to which this log and the log of the reader's epoch are the same: `seq` for a reader of this epoch or of
   * none, the point where the next epoch began for one of an earlier epoch, and -1 for one of an epoch that is unknown.
   */
  readonly common: number;
}

/** A head as the channels service answers it. The version before knows neither `from` nor `common`. */
export type LogHeadReply = Omit<LogHead, 'from' | 'common'> & Partial<Pick<LogHead, 'from' | 'common'>>;

/** How far a reader has come in a log: it has every entry of this epoch up to `seq`. */
export type LogPosition = Pick<LogHead, 'epoch' | 'seq'>;

/** The epoch that a reader counts in; `null` or `undefined` for a reader that has no position yet. */
export type ReaderEpoch = string | null | undefined;

/**
 * The head of an answer to a reader that named `epoch`. The version before answers without `from` and `common`: there, another
 * epoch has nothing in common with this one.
 */
export function headFor<Reply extends LogHeadReply>(epoch: ReaderEpoch, reply: Reply): Reply & LogHead {
  const isSame = epoch == null || epoch === reply.epoch;
  const common = isSame ? reply.seq : epoch === NO_EPOCH ? 0 : -1;
  return { ...reply, from: reply.from ?? 0, common: reply.common ?? common };
}

/** The head, for a reader that named `epoch`, of a log that nobody has written to, or that Redis has lost whole. */
export const emptyHead = (epoch: ReaderEpoch): LogHead =>
  headFor(epoch, { epoch: NO_EPOCH, seq: 0, first: 1 });

/**
 * Whether a reader at `position` can get every entry that it misses from a log that stands at `head`, which was asked for
 * with the position's epoch: nothing that the reader has was lost, and the log still holds the next entry. If so, the reader
 * continues in the head's epoch. If not, it starts again at the head.
 */
export const isRecoverable = ({ seq }: LogPosition, head: LogHead): boolean =>
  seq <= head.common && seq + 1 >= head.first;

/** A part of a log, as it was published. */
export interface LogPage extends LogHead {
  readonly frames: readonly LogFrame[];
}

/** A part of a log as the channels service answers it; see {@link headFor}. */
export type LogPageReply = LogHeadReply & Pick<LogPage, 'frames'>;

/** The finished JSON of a frame, with its Seq. The frames of a page are in order, the oldest first. */
export interface LogFrame {
  readonly seq: number;
  readonly json: string;
}
