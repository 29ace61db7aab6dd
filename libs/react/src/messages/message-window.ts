import { type ChangeFrame, changedMessages } from '@parley/client';
import type { Message } from '@parley/protocol';

/** A page of a history, the oldest message first. */
export interface Page {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

/**
 * A part of a channel's history without holes, as it is after every change that has come. It grows at both ends; where it would
 * hold too much, it lets go at the other end, which can be loaded again.
 */
export class MessageWindow {
  private kept: readonly Message[] = [];
  /** Older messages exist, or may exist. */
  hasOlder = true;
  /** Newer messages exist. What comes live does not belong to the window then. */
  hasNewer = false;

  /** @param most how many messages it holds. */
  constructor(private readonly most: number) {}

  /** The oldest first. */
  get messages(): readonly Message[] {
    return this.kept;
  }

  /** The newest page of the history. What came live since it was asked for is here already. */
  begin({ messages, hasMore }: Page): void {
    this.put(messages);
    this.hasOlder = hasMore;
    this.dropOldest();
  }

  /** The next message of the log. */
  add(message: Message): void {
    if (this.hasNewer) return;
    const newest = this.kept.at(-1);
    if (newest !== undefined && newest.Seq >= message.Seq) this.put([message]);
    else this.kept = [...this.kept, message];
    this.dropOldest();
  }

  addOlder({ messages, hasMore }: Page): void {
    this.put(messages);
    this.hasOlder = hasMore;
    if (this.kept.length <= this.most) return;
    this.kept = this.kept.slice(0, this.most);
    this.hasNewer = true;
  }

  /** @param since what came live since the page was asked for: it follows the last page. */
  addNewer({ messages, hasMore }: Page, since: readonly Message[]): void {
    this.put(hasMore ? messages : [...messages, ...since]);
    this.hasNewer = hasMore;
    this.dropOldest();
  }

  apply(change: ChangeFrame, reader: string | undefined): void {
    this.kept = changedMessages(this.kept, change, reader);
  }

  private put(messages: readonly Message[]): void {
    if (messages.length === 0) return;
    const merged = new Map(this.kept.map((message) => [message.Seq, message]));
    for (const message of messages) merged.set(message.Seq, message);
    this.kept = [...merged.values()].sort((a, b) => a.Seq - b.Seq);
  }

  private dropOldest(): void {
    if (this.kept.length <= this.most) return;
    this.kept = this.kept.slice(-this.most);
    this.hasOlder = true;
  }
}
