import type { Message } from '@parley/protocol';
import { Store } from '../store.js';
import type { Drafts } from './drafts.js';

/** What is being written. */
export interface Written {
  readonly text: string;
  /** The message whose text is being changed. */
  readonly editing?: Message | undefined;
  /** The message that is being answered. */
  readonly replyTo?: Message | undefined;
}

/** What the user writes in one conversation. An edit puts the draft aside, and gives it back. */
export class ComposerState {
  readonly written: Store<Written>;
  /** Counts what should bring the cursor into the field. */
  readonly focus = new Store(0);

  constructor(
    private readonly drafts: Drafts,
    private readonly key: string,
  ) {
    this.written = new Store<Written>({ text: drafts.of(key) });
  }

  write(text: string): void {
    const { editing } = this.written.get();
    this.written.update((now) => ({ ...now, text }));
    if (editing === undefined) this.drafts.keep(this.key, text);
  }

  edit(message: Message): void {
    this.written.set({ text: message.Message, editing: message });
    this.takeFocus();
  }

  reply(message: Message): void {
    const { editing, text } = this.written.get();
    this.written.set({ text: editing ? this.drafts.of(this.key) : text, replyTo: message });
    this.takeFocus();
  }

  /** Gives up the edit or the answer. The draft is kept. */
  cancel(): void {
    const { editing, text } = this.written.get();
    this.written.set({ text: editing ? this.drafts.of(this.key) : text });
    this.takeFocus();
  }

  /** Brings the cursor into the field. */
  takeFocus(): void {
    this.focus.update((count) => count + 1);
  }

  /** What was written is on its way. */
  sent(): void {
    const { editing } = this.written.get();
    if (editing === undefined) this.drafts.keep(this.key, '');
    this.written.set({ text: this.drafts.of(this.key) });
  }
}
