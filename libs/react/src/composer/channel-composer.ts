import type { ChatError } from '@parley/client';
import type { Message } from '@parley/protocol';
import type { ChatStores } from '../chat-stores.js';
import { targetOf } from '../shared/channel-ref.js';
import type { Draft } from './drafts.js';

/** The name after an `@` at the end of a text. */
const MENTION = /(?:^|\s)@([^\s@]{0,64})$/u;

/** What stands after an `@` at the end of a text; nothing without one. */
export const mentionIn = (text: string): string | undefined => MENTION.exec(text)?.[1];

/** What a user does with the draft of a channel. */
export class ChannelComposer {
  /** @param key names the channel, as `keyOf` says. */
  constructor(
    private readonly stores: ChatStores,
    private readonly key: string,
  ) {}

  /** Changes the text, and lets others see that the user is writing. */
  setText = (text: string): void => {
    this.change({ text });
    if (text !== '' && this.draft.editing === undefined) this.stores.client.typing(targetOf(this.key));
  };

  /** Completes the `@` at the end of the text by a name, or adds it. */
  mention = (username: string): void => {
    const { text } = this.draft;
    const begun = mentionIn(text);
    const before = begun === undefined ? text.replace(/\S$/u, '$& ') : text.slice(0, -begun.length - 1);
    this.change({ text: `${before}@${username} ` });
  };

  setReplyTo = (replyTo: Message | undefined): void => this.change({ replyTo });

  /** Changes an own message. What was written before comes back afterwards. */
  startEdit = (message: Message): void => {
    const { text, aside = text } = this.draft;
    this.change({ text: message.Message, editing: message, aside, error: undefined });
  };

  /** Ends a change, or else takes back the reply. */
  cancel = (): void => {
    if (this.draft.editing === undefined) this.change({ replyTo: undefined });
    else this.endEdit();
  };

  /**
   * Posts the text, or changes the message. Blank text does nothing. Resolves when the text is taken, or its change is made or
   * refused.
   */
  send = async (): Promise<void> => {
    const { text, editing, replyTo, isSending } = this.draft;
    if (text.trim() === '' || isSending) return;
    await (editing === undefined ? this.post(text, replyTo) : this.edit(editing, text));
  };

  private get draft(): Draft {
    return this.stores.drafts.of(this.key).value;
  }

  private change(news: Partial<Draft>): void {
    this.stores.drafts.change(this.key, news);
  }

  private post(text: string, replyTo: Message | undefined): Promise<void> | undefined {
    const feed = this.stores.feeds.peek(this.key);
    try {
      this.stores.outgoing.post(this.key, text, feed?.newestSeq ?? 0, replyTo);
    } catch (error) {
      this.change({ error: error as ChatError });
      return undefined;
    }
    this.change({ text: '', replyTo: undefined, error: undefined });
    return feed?.toNewest();
  }

  private async edit(message: Message, text: string): Promise<void> {
    this.change({ isSending: true, error: undefined });
    try {
      await this.stores.client.edit(targetOf(this.key), message.UUID, text);
      if (this.draft.editing === message) this.endEdit();
    } catch (error) {
      this.change({ error: error as ChatError });
    } finally {
      this.change({ isSending: false });
    }
  }

  private endEdit(): void {
    const { aside: text = '' } = this.draft;
    this.change({ text, editing: undefined, aside: undefined, error: undefined });
  }
}
