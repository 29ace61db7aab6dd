import { Injectable } from '@nestjs/common';
import { type Identity, type PostReply, type PostRequest, shownUser } from '@parley/contracts';
import { AppError, type User } from '@parley/protocol';
import pRetry from 'p-retry';
import { Mentions } from './changes/mentions.js';
import { type Channel, hasPartner } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { AsksHook, Hooks } from './hooks/hooks.js';
import { PostItems } from './inbox/post-items.js';
import { messageBody } from './message-json.js';
import { type NewMessage, PostsRepository } from './posts.repository.js';
import type { AppendedMessage } from './redis/append-messages.js';
import { NotOnReplicas } from './redis/appender.js';
import { type Delivery, NEVER_LATE } from './redis/delivery.js';
import { BYTES_OF_ENTRY, BYTES_OF_ITEM, StorageBudget } from './storage/storage-budget.js';
import { UserDirectory } from './user-directory.js';
import { Webhooks } from './webhooks/webhooks.js';

/** The rules of posting: who may post, and who is told. */
@Injectable()
export class PostsService {
  constructor(
    private readonly channels: ChannelsService,
    private readonly posts: PostsRepository,
    private readonly items: PostItems,
    private readonly directory: UserDirectory,
    private readonly budget: StorageBudget,
    private readonly mentions: Mentions,
    private readonly hooks: Hooks,
    private readonly webhooks: Webhooks,
  ) {}

  /**
   * Stores a message, publishes it and puts it into the inboxes of those whom it concerns, once per sender
   * and `clientUUID`, or without one, once per `key`. The posts of one turn share their steps in Redis.
   * A message whose inbox cannot be written now is put in later. With ACK_REPLICAS, resolves once replicas have both.
   * @throws AppError as `ChannelsService.find`, UNAVAILABLE where the deadline has passed, and where the message is stored but
   * not even that is certain, or not on enough replicas: sending the message again repeats what is missing. RATE_LIMITED for
   * a sender who has stored too much. STORAGE_FULL surfaces as Redis's error: the message is not stored. Where a hook checks messages
   * of the channel, as `Hooks.textOf`, or AsksHook for who does not wait for it.
   */
  async post(post: PostRequest, { deadline }: Delivery = NEVER_LATE, waits = true): Promise<PostReply> {
    const channel = await this.channels.locate(post.sender, post.target);
    if (this.hooks.checksMessagesIn(channel)) {
      if (!waits) throw new AsksHook();
      return this.postChecked(post, channel, deadline);
    }
    return this.put(post, channel, post.message, deadline);
  }

  /** A post that is stored already is answered as before, whatever the hook says now. */
  private async postChecked(post: PostRequest, channel: Channel, deadline: number): Promise<PostReply> {
    let text: string;
    try {
      // Who may not write here asks nobody. The step that stores looks again.
      await this.channels.findToWrite(post.sender, post.target);
      text = await this.hooks.textOf(post, channel);
    } catch (refusal) {
      const known = await this.tellStored(post, channel);
      if (known === undefined) throw refusal;
      return replyOf(post, channel, known);
    }
    return this.put(post, channel, text, deadline);
  }

  private async put(post: PostRequest, channel: Channel, text: string, deadline: number): Promise<PostReply> {
    const { sender, clientUUID, key, replyTo } = post;
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
      tells: hasPartner(channel, sender.UUID),
    };
    const stored = await this.store(message);
    await this.items.tell(message, stored, mentions);
    if (this.webhooks.areThere) await this.tellWebhooks(channel, stored);
    return replyOf(post, channel, stored);
  }

  /**
   * Completes a post whose deadline has passed, and which a replica may have begun: if its message is stored, the inboxes get
   * it, and it is published where that is a step apart. Stores nothing. Repeats what fails for a reason that may pass.
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

  private async completeStored(post: PostRequest): Promise<void> {
    const { sender, message: text } = post;
    const channel = await this.channels.locate(sender, post.target);
    // A hook may have put another text in the place of this one.
    const isRewritten = this.hooks.checksMessagesIn(channel);
    const isApart = this.posts.publishesApart || this.webhooks.areThere || isRewritten;
    if (mayConcern(channel, sender.UUID, text) || isApart) await this.tellStored(post, channel);
  }

  /** What is stored of a post, which those whom it concerns are told once more; `undefined` for nothing. */
  private async tellStored(
    { sender, clientUUID, key }: PostRequest,
    channel: Channel,
  ): Promise<AppendedMessage | undefined> {
    const mark = clientUUID === undefined ? { key } : { clientUUID };
    const message = { channel, sender: sender.UUID, mark, tells: hasPartner(channel, sender.UUID) };
    const stored = await this.posts.recall(message);
    if (stored === undefined) return undefined;
    await this.items.tell({ ...message, body: '' }, stored, []);
    if (this.webhooks.areThere) await this.tellWebhooks(channel, stored);
    return stored;
  }

  /** Notes a message for webhooks. A duplicate too: the replica that stored it may have died before it noted that. */
  private async tellWebhooks({ channelUUID }: Channel, { epoch, Seq }: AppendedMessage): Promise<void> {
    try {
      await this.webhooks.tell({ channelUUID, epoch, seq: Seq });
    } catch (cause) {
      throw new AppError('UNAVAILABLE', { message: STORED_BUT_NOT_NOTED, retryAfterMs: 1_000, cause });
    }
  }

  /** The recipient of a post in a private channel: the partner, or in notes to oneself the sender, who is online. */
  private async recipientOf(user: Identity, UUID: string): Promise<User> {
    if (UUID === user.UUID) return shownUser(user, true);
    const partner = await this.directory.glance(UUID);
    if (!partner) throw new AppError('USER_NOT_FOUND');
    return partner;
  }
}

const replyOf = (
  { clientUUID }: PostRequest,
  { channelUUID }: Channel,
  { UUID, Seq, CreatedAt }: AppendedMessage,
): PostReply => ({ UUID, Seq, ChannelUUID: channelUUID, clientUUID, CreatedAt });

/** Whether a message in a channel may concern other users' inboxes. */
const mayConcern = (channel: Channel, sender: string, text: string): boolean =>
  channel.kind === 'group' || hasPartner(channel, sender) || text.includes('@');

/** What a message takes in Redis: in its channel, and in a private one in its recipient's inbox too. */
function storedBytes({ channel, sender, body }: NewMessage): number {
  const inInbox = hasPartner(channel, sender) ? BYTES_OF_ITEM : 0;
  return Buffer.byteLength(body) + BYTES_OF_ENTRY + inInbox;
}

/** How a post is completed that nobody waits for: for about four minutes. */
const COMPLETION = { retries: 13, minTimeout: 500, maxTimeout: 30_000, unref: true };

const STORED_BUT_NOT_NOTED =
  'The message is stored, but not noted for webhooks. Send it again with its clientUUID.';
