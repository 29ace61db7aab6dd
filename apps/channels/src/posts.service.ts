import { Injectable } from '@nestjs/common';
import type { Identity, PostReply, PostRequest } from '@parley/contracts';
import { AppError, type User } from '@parley/protocol';
import pRetry from 'p-retry';
import { Mentions } from './changes/mentions.js';
import { hasPartner } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { InboxService } from './inbox.service.js';
import { messageBody, messageJson } from './message-json.js';
import { type NewMessage, PostsRepository } from './posts.repository.js';
import type { AppendedMessage } from './redis/append-messages.js';
import { NotOnReplicas } from './redis/appender.js';
import { type Delivery, NEVER_LATE } from './redis/delivery.js';
import { BYTES_OF_ENTRY, BYTES_OF_ITEM, StorageBudget } from './storage/storage-budget.js';
import { UserDirectory } from './user-directory.js';

/** The rules of posting: who may post, and who is told. */
@Injectable()
export class PostsService {
  constructor(
    private readonly channels: ChannelsService,
    private readonly posts: PostsRepository,
    private readonly inboxes: InboxService,
    private readonly directory: UserDirectory,
    private readonly budget: StorageBudget,
    private readonly mentions: Mentions,
  ) {}

  /**
   * Stores a message, publishes it and puts it into the inbox of the other user of a private channel, once per sender
   * and `clientUUID`, or without one, once per `key`. The posts of one turn share their steps in Redis.
   * A message whose inbox cannot be written now is put in later. With ACK_REPLICAS, resolves once replicas have both.
   * @throws AppError as `ChannelsService.find`, UNAVAILABLE where the deadline has passed, and where the message is stored but
   * not even that is certain, or not on enough replicas: sending the message again repeats what is missing. RATE_LIMITED for
   * a sender who has stored too much. STORAGE_FULL surfaces as Redis's error: the message is not stored.
   */
  async post(post: PostRequest, { deadline }: Delivery = NEVER_LATE): Promise<PostReply> {
    const { sender, clientUUID, key, replyTo, message: text } = post;
    const channel = await this.channels.locate(sender, post.target);
    const recipient = channel.recipientUUID
      ? await this.recipientOf(sender, channel.recipientUUID)
      : undefined;
    const found = this.mentions.in(text, channel, sender);
    const mentions = Array.isArray(found) ? found : await found;
    const message: NewMessage = {
      channel,
      sender: sender.UUID,
      mark: clientUUID === undefined ? { key } : { clientUUID },
      body: messageBody({ channel, sender, recipient, text, mentions }),
      deadline,
      replyTo,
    };
    const stored = await this.store(message);
    await this.tellPartner(message, stored);
    const { UUID, Seq, CreatedAt } = stored;
    return { UUID, Seq, ChannelUUID: channel.channelUUID, clientUUID, CreatedAt };
  }

  /**
   * Completes a post whose deadline has passed, and which a replica may have begun: if its message is stored, its recipient's
   * inbox gets it, and it is published where that is a step apart. Stores nothing. Repeats what fails for a reason that may pass.
   */
  complete(post: PostRequest): Promise<void> {
    return pRetry(() => this.completeStored(post), {
      ...COMPLETION,
      shouldRetry: ({ error }) => !(error instanceof AppError) || error.retryable,
    });
  }

  /** Stores a message within what its sender may store. One that is stored already is found whatever the sender may. */
  private async store(message: NewMessage): Promise<AppendedMessage> {
    const { sender } = message;
    const bytes = storedBytes(message);
    try {
      const charged = this.budget.take(sender, bytes);
      if (charged !== undefined) await charged;
    } catch (refusal) {
      const known = await this.posts.recall(message);
      if (known === undefined) throw refusal;
      return known;
    }
    try {
      const stored = await this.posts.append(message);
      if (stored.duplicate) this.budget.giveBack(sender, bytes);
      return stored;
    } catch (error) {
      if (!(error instanceof NotOnReplicas)) this.budget.giveBack(sender, bytes);
      throw error;
    }
  }

  private async completeStored({ sender, target, clientUUID, key }: PostRequest): Promise<void> {
    const channel = await this.channels.locate(sender, target);
    if (!hasPartner(channel, sender.UUID) && !this.posts.publishesApart) return;
    const mark = clientUUID === undefined ? { key } : { clientUUID };
    const message = { channel, sender: sender.UUID, mark };
    const stored = await this.posts.recall(message);
    if (stored !== undefined) await this.tellPartner({ ...message, body: '' }, stored);
  }

  /**
   * A sender has read the channel. If the message before is the sender's too, that was noted then; for a duplicate it is noted
   * again.
   */
  private async tellPartner(message: Omit<NewMessage, 'deadline'>, stored: AppendedMessage): Promise<void> {
    const { channel, sender } = message;
    if (!hasPartner(channel, sender) || stored.isOld) return;
    const position = { epoch: stored.epoch, seq: stored.Seq, number: stored.number };
    try {
      await Promise.all([
        this.putIntoInbox(message, stored),
        (stored.follows === 'own' && !stored.duplicate) || this.inboxes.markSeen(sender, channel, position),
      ]);
    } catch (cause) {
      if (cause instanceof NotOnReplicas) throw cause;
      // Not under the name of the cause: STORAGE_FULL would say that the message is not stored.
      throw new AppError('UNAVAILABLE', { message: STORED_BUT_NOT_TOLD, retryAfterMs: 1_000, cause });
    }
  }

  /**
   * For a duplicate, the inbox gets the stored message, not the text that was sent again; for an answer, what it quotes too.
   */
  private async putIntoInbox(
    { channel, mark, body, replyTo }: Omit<NewMessage, 'deadline'>,
    stored: AppendedMessage,
  ): Promise<void> {
    const { channelUUID, recipientUUID: recipient } = channel;
    const isToRead = stored.duplicate || replyTo !== undefined;
    const json = isToRead ? await this.posts.find(channelUUID, stored, recipient) : messageJson(body, stored);
    if (json === undefined) return;
    const { UUID, Seq, number, epoch, follows } = stored;
    const told = { UUID, Seq, number, epoch, follows };
    await this.inboxes.tell({ recipient, channelUUID, mark, stored: told, json });
  }

  /** The recipient of a post in a private channel: the partner, or in notes to oneself the sender, who is online. */
  private async recipientOf(user: Identity, UUID: string): Promise<User> {
    if (UUID === user.UUID) return { ...user, OnLine: true };
    const partner = await this.directory.glance(UUID);
    if (!partner) throw new AppError('USER_NOT_FOUND');
    return partner;
  }
}

/** What a message takes in Redis: in its channel, and in a private one in its recipient's inbox too. */
function storedBytes({ channel, sender, body }: NewMessage): number {
  const inInbox = hasPartner(channel, sender) ? BYTES_OF_ITEM : 0;
  return Buffer.byteLength(body) + BYTES_OF_ENTRY + inInbox;
}

/** How a post is completed that nobody waits for: for about four minutes. */
const COMPLETION = { retries: 13, minTimeout: 500, maxTimeout: 30_000, unref: true };

const STORED_BUT_NOT_TOLD =
  "The message is stored, but not in its recipient's inbox. Send it again with its clientUUID to put it there.";
