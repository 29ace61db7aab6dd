import type { ChatClient } from '@parley/client';
import type { Message } from '@parley/protocol';
import { type ChatStorage, KeptByChannel } from '../kept.js';
import { Source } from '../shared/source.js';

/** What a user has written in a channel and not sent. */
export interface Draft {
  readonly text: string;
  /** The message that is being changed. */
  readonly editing?: Message | undefined;
  /** The message that is being answered. */
  readonly replyTo?: Message | undefined;
  /** What was there before the change of a message began. */
  readonly aside?: string | undefined;
  /** How many changes of messages are under way. */
  readonly changing?: number | undefined;
  /** Why the last `send` failed. */
  readonly error?: Error | undefined;
}

export const NO_DRAFT: Draft = { text: '' };

/** The most channels whose drafts outlive the page: the oldest go first. */
const MOST_KEPT = 100;

/** The drafts of the user of a client, by channel. Where a storage keeps them, it keeps the texts, separately for each user. */
export class Drafts {
  private readonly channels = new Map<string, Source<Draft>>();
  private readonly kept: KeptByChannel<string>;
  private userUUID: string | undefined;

  constructor(client: ChatClient, storage: ChatStorage | undefined) {
    this.kept = new KeptByChannel(storage, 'drafts', (value) =>
      typeof value === 'string' ? value : undefined,
    );
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
    const before = unsent(draft.value);
    draft.set({ ...draft.value, ...news });
    const now = unsent(draft.value);
    if (now !== before) this.kept.put(this.userUUID, key, now === '' ? undefined : now, MOST_KEPT);
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
    return this.kept.of(this.userUUID, key) ?? '';
  }
}

/** What has not been sent. A change to a message that was sent does not count. */
const unsent = ({ text, aside }: Draft): string => aside ?? text;
