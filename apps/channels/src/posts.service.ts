import { Injectable } from '@nestjs/common';
import type { Identity, PostReply, PostRequest } from '@parley/contracts';
import { AppError, type User } from '@parley/protocol';
import { hasPartner } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { InboxRepository } from './inbox.repository.js';
import { messageBody, messageJson } from './message-json.js';
import { type NewMessage, PostsRepository } from './posts.repository.js';
import type { AppendedMessage } from './redis/append-messages.js';
import { UserDirectory } from './user-directory.js';

/** The rules of posting: who may post, and who is told. */
@Injectable()
export class PostsService {
  constructor(
    private readonly channels: ChannelsService,
    private readonly posts: PostsRepository,
    private readonly inboxes: InboxRepository,
    private readonly directory: UserDirectory,
  ) {}

  /**
   * Stores a message, publishes it and puts it into the inbox of the other user of a private channel, once per sender
   * and `clientUUID`, or without one, once per `key`. The posts of one turn share their steps in Redis.
   * @throws AppError as `ChannelsService.find`, and UNAVAILABLE where the message is stored but the inbox could not be
   * written: sending the message again puts it there. STORAGE_FULL surfaces as Redis's error: the message is not stored.
   */
  async post(post: PostRequest): Promise<PostReply> {
    const { sender, clientUUID, key } = post;
    const channel = await this.channels.find(sender, post.target);
    const recipient = channel.recipientUUID
      ? await this.recipientOf(sender, channel.recipientUUID)
      : undefined;
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

  /** A sender has seen the channel. If the message before is the sender's too, that was noted then. */
  private async tellPartner(message: NewMessage, stored: AppendedMessage): Promise<void> {
    try {
      await Promise.all([
        this.putIntoInbox(message, stored),
        stored.followsOwn || this.inboxes.markSeen(message.sender, message.channel.channelUUID, stored.Seq),
      ]);
    } catch (cause) {
      // Not under the name of the cause: STORAGE_FULL would say that the message is not stored.
      throw new AppError('UNAVAILABLE', { message: STORED_BUT_NOT_TOLD, retryAfterMs: 1_000, cause });
    }
  }

  /** For a duplicate, the inbox gets the stored message, not the text that was sent again. */
  private async putIntoInbox({ channel, mark, body }: NewMessage, stored: AppendedMessage): Promise<void> {
    const { channelUUID, recipientUUID: recipient } = channel;
    const json = stored.duplicate ? await this.posts.find(channelUUID, stored) : messageJson(body, stored);
    if (json !== undefined) await this.inboxes.put({ recipient, channelUUID, mark, stored, json });
  }

  /** The recipient of a post in a private channel: the partner, or in notes to oneself the sender, who is online. */
  private async recipientOf(user: Identity, UUID: string): Promise<User> {
    if (UUID === user.UUID) return { ...user, OnLine: true };
    const partner = await this.directory.glance(UUID);
    if (!partner) throw new AppError('USER_NOT_FOUND');
    return partner;
  }
}

const STORED_BUT_NOT_TOLD =
  "The message is stored, but not in its recipient's inbox. Send it again with its clientUUID to put it there.";
