import { type ChangeFrame, changedMessages } from '@parley/client';
import type { Message } from '@parley/protocol';

/** A page of a history, the oldest message first. */
export interface Page {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

/** Which messages are kept where a window holds too many. */
export type End = 'older' | 'newer';

/** How much a window holds, in messages. */
export interface WindowSize {
  readonly windowSize: number;
  /** What it may hold beyond that until it is trimmed. */
  readonly slackSize: number;
}

/**
 * A part of a channel's history without holes, as it is after every change that has come. It grows at both ends; where it would
 * hold too much, it lets go of the other end, which can be loaded again.
 */
export class MessageWindow {
  private kept: readonly Message[] = [];
  /** Older messages exist, or may exist. */
  hasOlder = true;
  /** Newer messages exist. New messages do not belong to the window then. */
  hasNewer = false;

  constructor(private readonly size: WindowSize) {}

  /** The oldest first. */
  get messages(): readonly Message[] {
    return this.kept;
  }

  /** The newest page of the history. Messages that came since it was asked for are here already. */
  begin({ messages, hasMore }: Page): void {
    this.put(messages);
    this.hasOlder = hasMore;
    this.bound('newer');
  }

  /** The page that ends with a message further back. */
  beginAt({ messages, hasMore }: Page): void {
    this.put(messages);
    this.hasOlder = hasMore;
    this.hasNewer = true;
  }

  /** The next message of the log. @param read the end at which the user reads. */
  add(message: Message, read: End): void {
    if (this.hasNewer) return;
    const newest = this.kept.at(-1);
    if (newest !== undefined && newest.Seq >= message.Seq) this.put([message]);
    else this.kept = [...this.kept, message];
    this.bound(read);
  }

  addOlder({ messages, hasMore }: Page): void {
    this.put(messages);
    this.hasOlder = hasMore;
    this.bound('older');
  }

  /** @param since the messages that came since the page was asked for: they follow the last page. */
  addNewer({ messages, hasMore }: Page, since: readonly Message[]): void {
    this.put(hasMore ? messages : [...messages, ...since]);
    this.hasNewer = hasMore;
    this.bound('newer');
  }

  /** Trims a window that a page at this end would make too long. Where both came at once, a list would lose its place. */
  makeRoom(count: number, end: End): void {
    const { windowSize, slackSize } = this.size;
    if (this.kept.length + count > windowSize + slackSize) this.trim(end);
  }

  /** Lets go of what it holds beyond its size, at the other end than the one that is kept. @returns whether there was any. */
  trim(end: End): boolean {
    const { windowSize } = this.size;
    if (this.kept.length <= windowSize) return false;
    if (end === 'older') {
      this.kept = this.kept.slice(0, windowSize);
      this.hasNewer = true;
    } else {
      this.kept = this.kept.slice(-windowSize);
      this.hasOlder = true;
    }
    return true;
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

  private bound(end: End): void {
    if (this.kept.length > this.size.windowSize + this.size.slackSize) this.trim(end);
  }
}
