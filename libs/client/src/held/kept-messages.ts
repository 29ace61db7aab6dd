import type { Message } from '@parley/protocol';
import { type ChangeFrame, changeIn } from './after-change.js';
import { changedMessages } from './changed-messages.js';

/** A part of a log: the messages with a Seq of at least `from` and less than `below`. */
export interface Part {
  readonly from: number;
  readonly below: number;
  readonly messages: readonly Message[];
}

/** The most that the messages of a channel take in memory, about: two bytes for each UTF-16 unit, and the rest of a message. */
const MOST_BYTES = 512 * 1024;
const BYTES_PER_MESSAGE = 600;
const BYTES_PER_UNIT = 2;

const bytesOf = ({ Message }: Message): number => BYTES_PER_MESSAGE + Message.length * BYTES_PER_UNIT;

/**
 * The newest messages of a followed channel, as they are after every change that has come. A change states a result, never a
 * difference, so that one that is applied twice, or to a message that already shows it, makes no difference.
 */
export class KeptMessages {
  /** No message of the log between this Seq and the newest is missing. */
  private from: number;
  private messages: readonly Message[] = [];
  private bytes = 0;

  /**
   * @param most how many messages are kept.
   * @param seq where the channel is: the next entry has a higher Seq.
   */
  constructor(
    private readonly most: number,
    seq: number,
  ) {
    this.from = seq + 1;
  }

  /** The oldest first. */
  get all(): readonly Message[] {
    return this.messages;
  }

  /** A message that came live, or again after a resume. */
  add(message: Message): void {
    const newest = this.messages.at(-1);
    if (newest !== undefined && newest.Seq >= message.Seq) this.put([message]);
    else {
      this.messages = [...this.messages, message];
      this.bytes += bytesOf(message);
    }
    this.trim();
  }

  /** A part of the history, with the changes that have come since it was asked for. It is only kept if no hole lies after it. */
  merge({ from, below, messages }: Part, since: readonly ChangeFrame[], reader: string | undefined): void {
    if (below < this.from) return;
    this.from = Math.min(this.from, from);
    this.put(messages);
    for (const change of since) this.apply(change, reader);
    this.trim();
  }

  /** @returns the changed message as it is now, if it is kept. */
  apply(frame: ChangeFrame, reader: string | undefined): Message | undefined {
    const { messageSeq, UUID } = changeIn(frame);
    const index = this.indexOf(messageSeq);
    const before = this.messages[index];
    // A new array, so that a page which shows the messages sees that they have changed.
    this.messages = changedMessages(this.messages, frame, reader);
    const message = this.messages[index];
    if (before === undefined || message?.UUID !== UUID) return undefined;
    this.bytes += bytesOf(message) - bytesOf(before);
    return message;
  }

  private put(messages: readonly Message[]): void {
    if (messages.length === 0) return;
    const merged = new Map(this.messages.map((message) => [message.Seq, message]));
    for (const message of messages) if (message.Seq >= this.from) merged.set(message.Seq, message);
    this.messages = [...merged.values()].sort((a, b) => a.Seq - b.Seq);
    this.bytes = this.messages.reduce((sum, message) => sum + bytesOf(message), 0);
  }

  private trim(): void {
    let drop = Math.max(this.messages.length - this.most, 0);
    for (const message of this.messages.slice(0, drop)) this.bytes -= bytesOf(message);
    while (this.bytes > MOST_BYTES && drop < this.messages.length)
      this.bytes -= bytesOf(this.messages[drop++]!);
    if (drop === 0) return;
    this.from = this.messages[drop - 1]!.Seq + 1;
    this.messages = this.messages.slice(drop);
  }

  private indexOf(seq: number): number {
    return this.messages.findIndex((message) => message.Seq === seq);
  }
}
