import type { ChatError } from '@parley/client';
import type { Message } from '@parley/protocol';
import { codePoints, LIMITS } from '@parley/protocol/constants';
import type { ChatStores } from '../chat-stores.js';
import { targetOf } from '../shared/channel-ref.js';
import type { Draft } from './drafts.js';
import { withMention } from './mention.js';

/** How many characters may be added to a text before it is too long to be sent; fewer than 0 if it is. */
export const charactersLeft = (text: string): number => LIMITS.messageCharacters - codePoints(text.trim());

/** Whether a text can be sent: it is neither blank nor too long. */
export const canBeSent = (text: string): boolean => text.trim() !== '' && charactersLeft(text) >= 0;

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

  /**
   * Puts a name into the text, in place of what is written of it after an `@`.
   * @param at where the cursor is; by default the end of the text.
   * @returns where the cursor is then.
   */
  mention = (username: string, at: number = this.draft.text.length): number => {
    const { text, cursor } = withMention(this.draft.text, at, username);
    this.setText(text);
    return cursor;
  };

  /** Answers a message, or no longer. An answer ends the change of a message. */
  setReplyTo = (replyTo: Message | undefined): void => {
    if (replyTo !== undefined && this.draft.editing !== undefined) this.endEdit();
    this.change({ replyTo });
  };

  /** Changes an own message. What was written before comes back afterwards. */
  startEdit = (message: Message): void => this.openEdit(message, message.Message, undefined);

  /** Ends a change, or else takes back the reply. */
  cancel = (): void => {
    if (this.draft.editing === undefined) this.change({ replyTo: undefined });
    else this.endEdit();
  };

  /**
   * Posts the text without the space around it, or changes the message; the text that follows may be written at once. Does nothing with
   * a text that cannot be sent. A change that is refused comes back, unless another has begun. Resolves when the text is taken, or its
   * change is made or refused.
   */
  send = async (): Promise<void> => {
    const { text, editing, replyTo } = this.draft;
    if (!canBeSent(text)) return;
    await (editing === undefined ? this.post(text.trim(), replyTo) : this.edit(editing, text.trim()));
  };

  private get draft(): Draft {
    return this.stores.drafts.of(this.key).value;
  }

  private change(news: Partial<Draft>): void {
    this.stores.drafts.change(this.key, news);
  }

  private post(text: string, replyTo: Message | undefined): Promise<void> | undefined {
    const { client, feeds, outgoing } = this.stores;
    const feed = feeds.peek(this.key);
    const newest = client.messages(targetOf(this.key)).at(-1)?.Seq ?? 0;
    try {
      outgoing.post(this.key, text, Math.max(newest, feed?.newestSeq ?? 0), replyTo);
    } catch (error) {
      this.change({ error: error as ChatError });
      return undefined;
    }
    this.change({ text: '', replyTo: undefined, error: undefined });
    return feed?.toNewest();
  }

  private async edit(message: Message, text: string): Promise<void> {
    this.endEdit();
    if (text === message.Message) return;
    this.countChanges(1);
    try {
      await this.stores.client.edit(targetOf(this.key), message.UUID, text);
    } catch (error) {
      if (this.draft.editing === undefined) this.openEdit(message, text, error as ChatError);
      else this.change({ error: error as ChatError });
    } finally {
      this.countChanges(-1);
    }
  }

  private openEdit(editing: Message, text: string, error: ChatError | undefined): void {
    const { aside = this.draft.text } = this.draft;
    this.change({ text, editing, aside, error });
  }

  private endEdit(): void {
    const { aside: text = '' } = this.draft;
    this.change({ text, editing: undefined, aside: undefined, error: undefined });
  }

  private countChanges(by: 1 | -1): void {
    this.change({ changing: (this.draft.changing ?? 0) + by });
  }
}
