import type { Identity, MessagePost, MessageStored } from '@parley/contracts';
import { AppError, type User } from '@parley/protocol';
import { hasPartner } from './channel.js';
import type { ChannelsService } from './channels.service.js';
import type { InboxRepository } from './inbox.repository.js';
import { messageBody, messageJson } from './message-json.js';
import type { NewMessage, PostsRepository } from './posts.repository.js';
import type { AppendedMessage } from './redis/append-messages.js';
import type { UserDirectory } from './user-directory.js';

/** The rules of writing: who may, and who is told. */
export class PostsService {
  constructor(
    private readonly channels: Pick<ChannelsService, 'find'>,
    private readonly posts: PostsRepository,
    private readonly inboxes: InboxRepository,
    private readonly directory: UserDirectory,
  ) {}

  /**
   * Stores a message, publishes it and puts it into the inbox of the other user of a private channel, once per sender
   * and `clientUUID`, or without one, once per `key`. What is posted in one turn shares its steps in Redis.
   * @throws AppError as `ChannelsService.find`, and UNAVAILABLE where the message is stored but the inbox could not be
   * written: sending it again makes up for that. STORAGE_FULL surfaces as Redis's error: the message is not stored.
   */
  async post(post: MessagePost): Promise<MessageStored> {
    const { sender, clientUUID, key } = post;
    const channel = await this.channels.find(sender, post.target);
    const recipient = channel.recipientUUID ? await this.partner(sender, channel.recipientUUID) : undefined;
    const message: NewMessage = {
      channel,
      sender: sender.UUID,
      mark: clientUUID === undefined ? { key } : { clientUUID },
      body: messageBody({ channel, sender, recipient, text: post.message }),
    };
    const stored = await this.posts.append(message);
    if (hasPartner(channel, sender)) await this.tellPartner(message, stored);
    const { UUID, Seq, CreatedAt } = stored;
    return { UUID, Seq, ChannelUUID: channel.channelUUID, clientUUID, CreatedAt };
  }

  /** Whoever writes has seen the channel; who wrote the message before, too, had seen it then. */
  private async tellPartner(message: NewMessage, stored: AppendedMessage): Promise<void> {
    try {
      await Promise.all([
        this.putIntoInbox(message, stored),
        stored.followsOwn || this.inboxes.markSeen(message.sender, message.channel.channelUUID, stored.Seq),
      ]);
    } catch (cause) {
      // Not by the error's own name: STORAGE_FULL would say that the message is not stored.
      throw new AppError('UNAVAILABLE', { message: STORED_BUT_NOT_TOLD, retryAfterMs: 1_000, cause });
    }
  }

  /** Of a message stored before, what is stored counts, not what came again. */
  private async putIntoInbox({ channel, mark, body }: NewMessage, stored: AppendedMessage): Promise<void> {
    const { channelUUID, recipientUUID: recipient } = channel;
    const json = stored.duplicate ? await this.posts.find(channelUUID, stored) : messageJson(body, stored);
    if (json !== undefined) await this.inboxes.put({ recipient, channelUUID, mark, stored, json });
  }

  /** The other user of a private channel; whoever asks is online. */
  private async partner(user: Identity, UUID: string): Promise<User> {
    if (UUID === user.UUID) return { ...user, OnLine: true };
    const partner = await this.directory.glance(UUID);
    if (!partner) throw new AppError('USER_NOT_FOUND');
    return partner;
  }
}

const STORED_BUT_NOT_TOLD =
  "The message is stored, but not in its recipient's inbox. Send it again with its clientUUID to make up for that.";
