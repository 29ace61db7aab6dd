import type { ChatClient, Target } from '@parley/client';
import type { Conversation } from './conversation.js';

/**
 * Tells the server how far the user has read, and knows where the user looks. One request is under way at a time; positions that come
 * meanwhile wait, and of one conversation only the newest.
 */
export class ReadMarks {
  private readonly due = new Map<string, { readonly target: Target; readonly seq: number }>();
  private readonly marked = new Map<string, number>();
  private isBusy = false;
  private lookedAt: string | undefined;

  constructor(
    private readonly client: Pick<ChatClient, 'markRead'>,
    private readonly isSeen: () => boolean = () => document.visibilityState === 'visible',
  ) {}

  /** The conversation whose end is on the screen. */
  look(key: string | undefined): void {
    this.lookedAt = key;
  }

  isLooking(key: string): boolean {
    return this.lookedAt === key && this.isSeen();
  }

  /** Whether the server does not know yet that the conversation is read. */
  isDue({ key, newestSeq, unread }: Conversation): boolean {
    return newestSeq > 0 && (unread > 0 || (this.marked.get(key) ?? 0) < newestSeq) && this.isSeen();
  }

  mark(key: string, target: Target, seq: number): void {
    if ((this.marked.get(key) ?? 0) >= seq) return;
    this.marked.set(key, seq);
    this.due.set(key, { target, seq });
    if (!this.isBusy) void this.send();
  }

  private async send(): Promise<void> {
    this.isBusy = true;
    for (const [key, { target, seq }] of this.due) {
      this.due.delete(key);
      // What cannot be marked is unread at the next start: nothing is lost.
      await this.client.markRead(target, seq).catch(() => this.marked.delete(key));
    }
    this.isBusy = false;
  }
}
