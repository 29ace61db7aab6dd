import type { ChatClient, Target } from '@parley/client';

interface Due {
  readonly target: Target;
  readonly seq: number;
}

/**
 * Tells the server how far the user has read. One request is under way at a time; positions that come meanwhile wait, and of one
 * channel only the newest.
 */
export class ReadMarks {
  private readonly due = new Map<string, Due>();
  private readonly marked = new Map<string, number>();
  private isBusy = false;

  constructor(private readonly client: ChatClient) {}

  mark(channelUUID: string, target: Target, seq: number): void {
    if ((this.marked.get(channelUUID) ?? 0) >= seq) return;
    this.marked.set(channelUUID, seq);
    this.due.set(channelUUID, { target, seq });
    if (!this.isBusy) void this.send();
  }

  /** The history has begun again, and its numbers with it. */
  forget(channelUUID: string): void {
    this.marked.delete(channelUUID);
  }

  clear(): void {
    this.due.clear();
    this.marked.clear();
  }

  private async send(): Promise<void> {
    this.isBusy = true;
    for (const [channelUUID, { target, seq }] of this.due) {
      this.due.delete(channelUUID);
      // What cannot be marked is unread at the next start: nothing is lost.
      await this.client.markRead(target, seq).catch(() => this.marked.delete(channelUUID));
    }
    this.isBusy = false;
  }
}
