import type { RequestFrame } from '../wire/wire.js';
import type { ChangeFrame } from './after-change.js';

/** The most changes that are noted for pages that are under way. A page that more overtake is not kept. */
const MOST_CHANGES = 500;

/**
 * The changes that come while a page of a history is under way. The page may have been read before them, although it comes
 * after them.
 */
export class PagesUnderWay {
  /** How many changes had come when each was asked for. */
  private readonly asked = new Map<RequestFrame, number>();
  private changes: ChangeFrame[] = [];
  /** How many changes came before the first of those that are noted. */
  private before = 0;

  begin(page: RequestFrame): void {
    this.asked.set(page, this.before + this.changes.length);
  }

  end(page: RequestFrame): void {
    this.asked.delete(page);
    if (this.asked.size === 0) this.forget(this.changes.length);
  }

  note(change: ChangeFrame): void {
    if (this.asked.size === 0) return;
    this.changes.push(change);
    if (this.changes.length > MOST_CHANGES) this.forget(1);
  }

  /** The changes since a page was asked for, the oldest first; nothing if they are not all there any more. */
  since(page: RequestFrame): readonly ChangeFrame[] | undefined {
    const from = this.asked.get(page);
    if (from === undefined || from < this.before) return undefined;
    return this.changes.slice(from - this.before);
  }

  private forget(count: number): void {
    this.changes.splice(0, count);
    this.before += count;
  }
}
