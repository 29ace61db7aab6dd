import type { ServerFrame, ServerFrameOf } from '@parley/protocol';
import type { ClientEvents, InboxPosition } from '../events.js';
import type { InboxItem } from '../inbox-item.js';
import type { RequestFrame } from '../wire/wire.js';

/** What a frame means for the inbox. */
export type InboxOutcome =
  | { readonly event: 'inboxItem'; readonly of: ClientEvents['inboxItem'] }
  | { readonly event: 'inboxReload'; readonly of: ClientEvents['inboxReload'] }
  /** Items are missing: the connection must be resumed. */
  | { readonly event: 'hole' };

/** How far a client has come in the user's inbox, if it follows that. It follows from the frames, as with channels. */
export class HeldInbox {
  private position: InboxPosition | undefined;
  /** Whether this connection brings items. */
  private isOpen = false;

  /** Whether the application follows the inbox, and this connection does not yet. */
  get isToOpen(): boolean {
    return this.position !== undefined && !this.isOpen;
  }

  get at(): InboxPosition | undefined {
    return this.position;
  }

  /** A new connection brings no items yet. */
  connectionBegins(): void {
    this.isOpen = false;
  }

  clear(): void {
    this.position = undefined;
    this.isOpen = false;
  }

  /** Applies what a frame says about the inbox. `asked` is the request that it answers. */
  apply(frame: ServerFrame, asked?: RequestFrame): readonly InboxOutcome[] {
    if (frame.type === 'inbox') return this.looksBack(asked) ? [] : this.takeHead(frame.inbox);
    if (frame.type === 'inboxItem') return this.takeItem(frame.inboxItem);
    if (frame.type === 'sys' && frame.sys.type === 'inboxEpoch') return this.takeEpoch(frame.sys.inboxEpoch);
    return [];
  }

  /** A request for items that have come before. Its answer says nothing of those that have not. */
  private looksBack(asked: RequestFrame | undefined): boolean {
    const { seq } = (asked?.['inbox'] ?? {}) as { readonly seq?: number };
    return this.isOpen && this.position !== undefined && seq !== undefined && seq < this.position.seq;
  }

  /** What was missed comes after the answer. */
  private takeHead({ epoch, seq, recovered }: ServerFrameOf<'inbox'>['inbox']): readonly InboxOutcome[] {
    const { position } = this;
    const wasOpen = this.isOpen;
    this.isOpen = true;
    if (position === undefined) this.position = { epoch, seq };
    else if (!recovered) return this.moveTo({ epoch, seq });
    // Asked for again on the same connection, it says only how much is unread.
    else if (!wasOpen) this.position = { epoch, seq: position.seq };
    return [];
  }

  private takeItem(item: ServerFrameOf<'inboxItem'>['inboxItem']): readonly InboxOutcome[] {
    const { position } = this;
    // Asked for again on the same connection, the inbox may bring an item twice. A log that went back says so first.
    if (position === undefined || item.seq <= position.seq) return [];
    if (item.seq !== position.seq + 1) return [{ event: 'hole' }];
    this.position = { ...position, seq: item.seq };
    // The server sends each kind with its fields.
    return [{ event: 'inboxItem', of: item as InboxItem }];
  }

  private takeEpoch({ epoch, from }: { epoch: string; from: number }): readonly InboxOutcome[] {
    const { position } = this;
    if (position === undefined) return [];
    if (position.seq > from) return this.moveTo({ epoch, seq: from });
    this.position = { epoch, seq: position.seq };
    return [];
  }

  private moveTo(now: InboxPosition): readonly InboxOutcome[] {
    const before = this.position!;
    this.position = now;
    return [{ event: 'inboxReload', of: { before, now } }];
  }
}
