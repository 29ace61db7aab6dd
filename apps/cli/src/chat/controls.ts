import type { ChatState } from './chat-state.js';
import { neighbourOf } from './chat-state.js';
import type { ChatStore } from './chat-store.js';
import { type Draft, type Edit, edited, emptyDraft, textOf } from './editing.js';
import { type Intent, intentOf, type KeyPress } from './keys.js';
import type { Line } from './message-lines.js';
import { type Anchor, moved, viewOf } from './view.js';
import { writtenCommand } from './written-command.js';

/** What is on the screen, for keys that move it. */
export interface Screen {
  readonly lines: readonly Line[];
  readonly messageRows: number;
}

/** What the reader has moved and written. Each conversation keeps its draft. */
export interface ControlState {
  readonly drafts: Readonly<Record<string, Draft>>;
  readonly anchor: Anchor;
  readonly isHelp: boolean;
}

/** What keys do to the chat. */
export type Controlled = Pick<
  ChatStore,
  'open' | 'openNamed' | 'loadOlder' | 'send' | 'signal' | 'setAtEnd' | 'notify'
> & { readonly snapshot: () => ChatState };

/** Turns keys into what they do. A component subscribes to it as to any external store. */
export class Controls {
  private current: ControlState = { drafts: {}, anchor: undefined, isHelp: false };
  private screen: Screen = { lines: [], messageRows: 1 };
  private readonly listeners = new Set<() => void>();

  /** @param quit is called when the reader wants to leave. */
  constructor(
    private readonly chat: Controlled,
    private readonly quit: () => void,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): ControlState => this.current;

  /** Says what is on the screen now. */
  shows(screen: Screen): void {
    this.screen = screen;
  }

  /** The draft of the conversation that is shown. */
  get draft(): Draft {
    return this.current.drafts[this.chat.snapshot().activeId] ?? emptyDraft;
  }

  /** A key was pressed, or a text pasted. */
  press(input: string, key: KeyPress): void {
    const intent = intentOf(input, key);
    if (intent?.kind === 'quit') this.quit();
    else if (this.current.isHelp) this.set({ isHelp: false });
    else if (input === '?' && this.draft.characters.length === 0) this.set({ isHelp: true });
    else if (intent !== undefined) this.act(intent);
  }

  private act(intent: Exclude<Intent, { kind: 'quit' }>): unknown {
    switch (intent.kind) {
      case 'edit':
        return this.edit(intent.edit);
      case 'submit':
        return this.submit(textOf(this.draft));
      case 'escape':
        this.chat.notify(undefined);
        return this.stand(undefined);
      case 'next':
      case 'previous':
        this.stand(undefined);
        return void this.chat.open(neighbourOf(this.chat.snapshot(), intent.kind === 'next' ? 1 : -1));
      case 'pageUp':
      case 'pageDown':
        return this.scroll((this.screen.messageRows - 1) * (intent.kind === 'pageUp' ? -1 : 1));
      case 'scroll':
        return this.scroll(intent.by);
    }
  }

  private edit(edit: Edit): void {
    const draft = edited(this.draft, edit);
    this.setDraft(draft);
    // A command is no message: nobody waits for it.
    if (draft.characters.length > 0 && draft.characters[0] !== '/') this.chat.signal();
  }

  private submit(text: string): unknown {
    if (text.trim() === '') return undefined;
    this.setDraft(emptyDraft);
    this.chat.notify(undefined);
    const written = writtenCommand(text);
    if (written.kind === 'quit') return this.quit();
    if (written.kind === 'unknown') return this.chat.notify(`There is no ${written.name}; ? shows the keys.`);
    this.stand(undefined);
    if (written.kind === 'message') this.chat.send(written.text);
    else void this.chat.openNamed(written.channel);
    return undefined;
  }

  private scroll(by: number): void {
    const { lines, messageRows } = this.screen;
    const anchor = moved(lines, this.current.anchor, messageRows, by);
    this.stand(anchor);
    if (by < 0 && viewOf(lines, anchor, messageRows).isAtStart) void this.chat.loadOlder();
  }

  private stand(anchor: Anchor): void {
    this.set({ anchor });
    this.chat.setAtEnd(anchor === undefined);
  }

  private setDraft(draft: Draft): void {
    const { activeId } = this.chat.snapshot();
    this.set({ drafts: { ...this.current.drafts, [activeId]: draft } });
  }

  private set(fields: Partial<ControlState>): void {
    this.current = { ...this.current, ...fields };
    for (const listener of this.listeners) listener();
  }
}
