import { type ChangeFrame, type ChatClient, type ChatError, changeIn, type Target } from '@parley/client';
import type { Message } from '@parley/protocol';
import type { End, MessageWindow, Page } from './message-window.js';

interface Load {
  readonly window: MessageWindow;
  readonly end: End | 'newest' | 'place';
  /** What has changed since the page was asked for. The page may have been read before. */
  readonly changes: ChangeFrame[];
  readonly messages: Message[];
}

/** Loads the pages of a channel's history into windows, with the changes that overtake them. */
export class FeedPages {
  private readonly loads = new Set<Load>();
  private failure: { readonly window: MessageWindow; readonly error: ChatError } | undefined;

  /** @param size how many messages a page has. */
  constructor(
    private readonly client: ChatClient,
    private readonly target: Target,
    private readonly size: number,
  ) {}

  isLoading(window: MessageWindow, end: End): boolean {
    return this.find(window, end) !== undefined;
  }

  /** Why the last page of a window did not come. */
  errorOf(window: MessageWindow): ChatError | undefined {
    return this.failure?.window === window ? this.failure.error : undefined;
  }

  /** Notes why a page did not come. */
  failed(window: MessageWindow, error: ChatError): void {
    this.failure = { window, error };
  }

  channelIn(change: ChangeFrame): string {
    return changeIn(change).channelUUID;
  }

  note(message: Message): void {
    for (const { messages } of this.loads) messages.push(message);
  }

  noteChange(change: ChangeFrame): void {
    for (const { changes } of this.loads) changes.push(change);
  }

  /** Fills a new window with the newest page. @throws ChatError */
  newest(window: MessageWindow, reader: () => string | undefined): Promise<Page> {
    return this.load({ window, end: 'newest', changes: [], messages: [] }, {}, reader);
  }

  /** Fills a new window with the page that ends with a message. @throws ChatError */
  at(window: MessageWindow, seq: number, reader: () => string | undefined): Promise<Page> {
    return this.load({ window, end: 'place', changes: [], messages: [] }, { before: seq + 1 }, reader);
  }

  /** @returns nothing if there is nothing to load, or it is being loaded; otherwise resolves when that is done, whether it came or not. */
  grow(window: MessageWindow, end: End, reader: () => string | undefined): Promise<void> | undefined {
    const edge = end === 'older' ? window.messages[0] : window.messages.at(-1);
    const isMore = end === 'older' ? window.hasOlder : window.hasNewer;
    if (edge === undefined || !isMore || this.find(window, end)) return undefined;
    const place = end === 'older' ? { before: edge.Seq } : { after: edge.Seq };
    this.failure = undefined;
    return this.load({ window, end, changes: [], messages: [] }, place, reader).then(
      () => undefined,
      (error) => this.failed(window, error),
    );
  }

  private async load(
    load: Load,
    place: { readonly before?: number; readonly after?: number },
    reader: () => string | undefined,
  ): Promise<Page> {
    const { window, end, changes, messages } = load;
    this.loads.add(load);
    try {
      const page = await this.client.history(this.target, { ...place, limit: this.size });
      if (end === 'newest') window.begin(page);
      else if (end === 'place') window.beginAt(page);
      else if (end === 'older') window.addOlder(page);
      else window.addNewer(page, messages);
      for (const change of changes) window.apply(change, reader());
      return page;
    } finally {
      this.loads.delete(load);
    }
  }

  private find(window: MessageWindow, end: End): Load | undefined {
    return [...this.loads].find((load) => load.window === window && load.end === end);
  }
}
