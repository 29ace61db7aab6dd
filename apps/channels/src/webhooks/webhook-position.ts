/** Stands for an epoch that is not known. */
export const UNKNOWN_EPOCH = '-';

/** How far a webhook has come in a channel: it has every entry of this epoch up to `seq`. */
export interface WebhookPosition {
  readonly epoch: string;
  readonly seq: number;
  /** How often the next entry was sent in vain. */
  readonly tries: number;
  /** Since when, in ms since 1970; 0 where it was not. */
  readonly since: number;
}

/** A position that has taken an entry. */
export const reached = (epoch: string, seq: number): WebhookPosition => ({ epoch, seq, tries: 0, since: 0 });

/** Reads a position as the scripts keep it. An empty one is that before all entries. */
export function readPosition(text: string): WebhookPosition {
  const [epoch, seq, tries, since] = text.split(' ');
  // A new one has the word "new" in place of the last two.
  return {
    epoch: epoch || UNKNOWN_EPOCH,
    seq: Number(seq ?? 0),
    tries: Number(tries) || 0,
    since: Number(since) || 0,
  };
}

export const positionText = ({ epoch, seq, tries, since }: WebhookPosition): string =>
  `${epoch} ${seq} ${tries} ${since}`;
