import type { ClientEvents, Position } from '../events.js';
import type { ChangeFrame } from './after-change.js';
import { KeptMessages, type Part } from './kept-messages.js';
import type { GroupNews, LogEntry } from './log-entry.js';
import { Reads } from './reads.js';

/** What a frame means for the held channels. */
export type Outcome =
  | { readonly event: 'message'; readonly of: ClientEvents['message'] }
  | { readonly event: 'change'; readonly of: ClientEvents['change'] }
  | { readonly event: 'group'; readonly of: ClientEvents['group'] }
  | { readonly event: 'read'; readonly of: ClientEvents['read'] }
  | { readonly event: 'typing'; readonly of: ClientEvents['typing'] }
  | { readonly event: 'reload'; readonly of: ClientEvents['reload'] }
  /** Entries are missing, or client and server disagree on where it is: the connection must be resumed. */
  | { readonly event: 'hole' };

export const HOLE: readonly Outcome[] = [{ event: 'hole' }];

type Place = Omit<Position, 'channelUUID'>;

/** A channel that a client follows: how far it has come in the log, and what it knows of the messages up to there. */
export class HeldChannel {
  readonly channelUUID: string;
  epoch: string;
  seq: number;
  /** The application has subscribed to it. */
  subscribed = false;
  readonly reads = new Reads();
  /** The entry that `seq` numbers, if it came as a frame. */
  private newest: string | undefined;
  private kept: KeptMessages;

  /**
   * @param recipientUUID the partner, if it is known to be a private channel.
   * @param most how many messages are kept.
   */
  constructor(
    { channelUUID, epoch, seq }: Position,
    public recipientUUID: string | undefined,
    private readonly most: number,
  ) {
    this.channelUUID = channelUUID;
    this.epoch = epoch;
    this.seq = seq;
    this.kept = new KeptMessages(most, seq);
  }

  get position(): Position {
    const { channelUUID, epoch, seq } = this;
    return { channelUUID, epoch, seq };
  }

  get messages() {
    return this.kept.all;
  }

  isAt({ epoch, seq }: Place): boolean {
    return this.epoch === epoch && this.seq === seq;
  }

  /** The log continues elsewhere, and what is known of it may not be so any more. */
  moveTo({ epoch, seq }: Place): readonly Outcome[] {
    const { channelUUID, position: before } = this;
    Object.assign(this, { epoch, seq, newest: undefined, kept: new KeptMessages(this.most, seq) });
    return [{ event: 'reload', of: { channelUUID, before, now: this.position } }];
  }

  /** The next entry of the log. */
  take(entry: LogEntry, reader: string | undefined): readonly Outcome[] {
    const { seq, mark } = entry;
    if (seq === this.seq && mark === this.newest) return []; // twice
    // Also one that counts less far: it may be of a log that took the place of the one that this client knows.
    if (seq !== this.seq + 1) return HOLE;
    this.seq = seq;
    this.newest = mark;
    return [this.apply(entry, reader)];
  }

  /** A part of the history. What is newer than the position still comes as a frame. */
  merge({ messages, ...part }: Part, since: readonly ChangeFrame[], reader: string | undefined): void {
    const known = messages.filter(({ Seq }) => Seq <= this.seq);
    this.kept.merge({ ...part, messages: known }, since, reader);
  }

  private apply({ message, change, news }: LogEntry, reader: string | undefined): Outcome {
    const { epoch, kept } = this;
    if (message !== undefined) {
      kept.add(message);
      this.reads.implied(message.SenderUUID, message.Seq);
      return { event: 'message', of: { epoch, message } };
    }
    if (change === undefined) return { event: 'group', of: { epoch, news: this.afterNews(news!) } };
    const changed = kept.apply(change, reader);
    return { event: 'change', of: { epoch, frame: change, ...(changed && { message: changed }) } };
  }

  private afterNews(news: GroupNews): GroupNews {
    if (news.type === 'channelInvite')
      this.reads.implied(news.channelInvite.userUUID, news.channelInvite.Seq);
    if (news.type === 'channelKick') this.reads.drop(news.channelKick.userUUID);
    return news;
  }
}
