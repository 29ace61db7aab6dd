import { Injectable } from '@nestjs/common';
import { AppError, type Mention, type Message } from '@parley/protocol';
import { hasPartner } from '../channel.js';
import { InboxService } from '../inbox.service.js';
import { messageJson } from '../message-json.js';
import { type NewMessage, PostsRepository } from '../posts.repository.js';
import type { AppendedMessage } from '../redis/append-messages.js';
import { NotOnReplicas } from '../redis/appender.js';
import { BYTES_OF_GROUP_ITEM, StorageBudget } from '../storage/storage-budget.js';
import type { Recipient, Told } from './telling.js';

/** A message that was posted. */
type Posted = Omit<NewMessage, 'deadline'>;

/** The items that messages make when they are posted. */
@Injectable()
export class PostItems {
  constructor(
    private readonly posts: PostsRepository,
    private readonly inboxes: InboxService,
    private readonly budget: StorageBudget,
  ) {}

  /**
   * Puts a stored message into the inboxes of those whom it concerns, once per message, and notes that its sender has read the channel.
   * @param mentions whom it mentions; not looked at for a duplicate, which says so itself.
   * @throws AppError UNAVAILABLE where it is not certain that all of them get it, or not on enough replicas.
   */
  async tell(message: Posted, stored: AppendedMessage, mentions: readonly Mention[]): Promise<void> {
    if (stored.isOld) return;
    const isPrivate = message.channel.kind === 'private';
    if (!isPrivate && stored.members === undefined && mentions.length === 0 && !stored.duplicate) return;
    try {
      await (isPrivate ? this.tellPartner(message, stored) : this.tellMembers(message, stored, mentions));
    } catch (cause) {
      if (cause instanceof NotOnReplicas) throw cause;
      // Not under the name of the cause: STORAGE_FULL would say that the message is not stored.
      throw new AppError('UNAVAILABLE', { message: STORED_BUT_NOT_TOLD, retryAfterMs: 1_000, cause });
    }
  }

  private async tellPartner(message: Posted, stored: AppendedMessage): Promise<void> {
    const { channel, sender, mark } = message;
    if (!hasPartner(channel, sender)) return;
    const { channelUUID, recipientUUID: recipient } = channel;
    const put = async () => {
      if (stored.isTold) return this.inboxes.sweepAfter(recipient, stored);
      const json = await this.jsonOf(message, stored, recipient);
      if (json !== undefined)
        await this.inboxes.tell({ recipient, channelUUID, mark, stored: told(stored), json });
    };
    await Promise.all([put(), this.noteRead(message, stored)]);
  }

  /** Members of a small group get each message, and those of any other channel who are mentioned get that. */
  private async tellMembers(
    message: Posted,
    stored: AppendedMessage,
    mentions: readonly Mention[],
  ): Promise<void> {
    const { channel, sender, mark } = message;
    const { channelUUID } = channel;
    const json = await this.jsonOf(message, stored);
    if (json === undefined) return;
    const mentioned = stored.duplicate ? mentionsIn(json) : mentions;
    const others = stored.members?.filter(({ userUUID }) => userUUID !== sender) ?? [];
    if (!stored.duplicate) this.budget.owe(sender, BYTES_OF_GROUP_ITEM * (others.length + mentioned.length));
    const tellAll = (what: Told, recipients: readonly Recipient[]) =>
      recipients.length > 0 && this.inboxes.tellAll({ channelUUID, told: what, recipients }, json);
    await Promise.all([
      tellAll({ kind: 'message', mark, stored: told(stored) }, others),
      this.inboxes.tellMentioned({ channelUUID, sender, mentioned, members: stored.members }, stored, json),
      stored.members && this.noteRead(message, stored),
    ]);
  }

  /**
   * A sender has read the channel. If the message before is the sender's too, that was noted then; for a duplicate it is noted
   * again.
   */
  private async noteRead(
    { channel, sender }: Pick<NewMessage, 'channel' | 'sender'>,
    { epoch, Seq: seq, number, follows, duplicate, isNoted }: AppendedMessage,
  ): Promise<void> {
    if (isNoted) return;
    if (follows !== 'own' || duplicate) await this.inboxes.markSeen(sender, channel, { epoch, seq, number });
  }

  /**
   * A message as an item shows it to `reader`. For a duplicate it is the stored one, not the text that was sent again; for an answer, it has
   * what that quotes too. `undefined` where the channel no longer holds it.
   */
  private jsonOf(
    { channel, body, replyTo }: Posted,
    stored: AppendedMessage,
    reader?: string,
  ): Promise<string | undefined> | string {
    const isToRead = stored.duplicate || replyTo !== undefined;
    return isToRead ? this.posts.find(channel.channelUUID, stored, reader) : messageJson(body, stored);
  }
}

/** What items say of a stored message. */
const told = ({ UUID, Seq, number, epoch, follows }: AppendedMessage) => ({
  UUID,
  Seq,
  number,
  epoch,
  follows,
});

/** The users whom a stored message mentions. */
const mentionsIn = (json: string): readonly Mention[] => (JSON.parse(json) as Message).mentions ?? [];

const STORED_BUT_NOT_TOLD =
  "The message is stored, but not in its recipient's inbox. Send it again with its clientUUID to put it there.";
