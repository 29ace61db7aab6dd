import { Store } from './store.js';

/** A short line that appears for some seconds. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly kind: 'told' | 'failed';
}

const SHOWN_MS = 6_000;

/** What the page says in passing: on the screen, and to those who listen instead. */
export class Notices {
  readonly shown = new Store<Notice | undefined>(undefined);
  /** What only those hear who do not see the screen: messages appear there anyway. */
  readonly heard = new Store({ id: 0, text: '' });
  private timer: ReturnType<typeof setTimeout> | undefined;
  private count = 0;

  tell(text: string, kind: Notice['kind'] = 'told'): void {
    clearTimeout(this.timer);
    this.count += 1;
    this.shown.set({ id: this.count, text, kind });
    this.timer = setTimeout(() => this.dismiss(), SHOWN_MS);
  }

  /** Says why something did not work. */
  fail = (error: unknown): void =>
    this.tell(error instanceof Error ? error.message : String(error), 'failed');

  say(text: string): void {
    this.heard.update(({ id }) => ({ id: id + 1, text }));
  }

  dismiss = (): void => {
    clearTimeout(this.timer);
    this.shown.set(undefined);
  };
}
