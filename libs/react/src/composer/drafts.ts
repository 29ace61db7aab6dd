import type { ChatClient } from '@parley/client';
import type { Message } from '@parley/protocol';
import { Source } from '../shared/source.js';

/** Where drafts outlive the page: `localStorage`, or what works like it. */
export interface DraftStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** What a user has written in a channel and not sent. */
export interface Draft {
  readonly text: string;
  /** The message that is being changed. */
  readonly editing?: Message | undefined;
  /** The message that is being answered. */
  readonly replyTo?: Message | undefined;
  /** What was there before the change of a message began. */
  readonly aside?: string | undefined;
  /** Whether a change of a message is under way. */
  readonly isSending?: boolean | undefined;
  /** Why the last change of a message failed. */
  readonly error?: Error | undefined;
}

export const NO_DRAFT: Draft = { text: '' };

const PREFIX = 'parley:draft:';

/** The drafts of the user of a client, by channel. Where a storage keeps them, it keeps the texts, for each user apart. */
export class Drafts {
  private readonly channels = new Map<string, Source<Draft>>();
  private userUUID: string | undefined;

  constructor(
    client: ChatClient,
    private readonly storage: DraftStorage | undefined,
  ) {
    client.on('state', ({ state }) => {
      if (state === 'online') this.belongTo(client.session?.userUUID);
    });
    this.userUUID = client.session?.userUUID;
  }

  /** The draft of a channel, by its key. */
  of(key: string): Source<Draft> {
    const known = this.channels.get(key);
    if (known !== undefined) return known;
    const draft = new Source<Draft>({ text: this.stored(key) });
    this.channels.set(key, draft);
    return draft;
  }

  /** Changes a draft. */
  change(key: string, news: Partial<Draft>): void {
    const draft = this.of(key);
    draft.set({ ...draft.value, ...news });
    this.store(key, draft.value);
  }

  /** Another user does not see them. */
  private belongTo(userUUID: string | undefined): void {
    if (userUUID === this.userUUID) return;
    const isOther = this.userUUID !== undefined;
    this.userUUID = userUUID;
    for (const [key, draft] of this.channels)
      if (isOther || draft.value.text === '') draft.set({ text: this.stored(key) });
  }

  private stored(key: string): string {
    if (this.userUUID === undefined) return '';
    try {
      return this.storage?.getItem(this.nameOf(key)) ?? '';
    } catch {
      return ''; // pages without permission to store
    }
  }

  private store(key: string, { text, aside }: Draft): void {
    const kept = aside ?? text;
    if (this.userUUID === undefined) return;
    try {
      if (kept === '') this.storage?.removeItem(this.nameOf(key));
      else this.storage?.setItem(this.nameOf(key), kept);
    } catch {
      // Full, or not permitted: the draft lives as long as the page.
    }
  }

  private nameOf(key: string): string {
    return `${PREFIX}${this.userUUID}:${key}`;
  }
}
