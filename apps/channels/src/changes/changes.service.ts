import { Injectable } from '@nestjs/common';
import type { ChangeTarget, ChannelsContract, Identity, ReplyOf, RequestTo } from '@parley/contracts';
import type { Mention } from '@parley/protocol';
import { type Channel, hasPartner } from '../channel.js';
import { ChannelsService } from '../channels.service.js';
import { Hooks } from '../hooks/hooks.js';
import { InboxService } from '../inbox.service.js';
import { textFields } from '../message-json.js';
import { NotOnReplicas } from '../redis/appender.js';
import { type Delivery, NEVER_LATE } from '../redis/delivery.js';
import { BYTES_OF_ENTRY, StorageBudget } from '../storage/storage-budget.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { ChangesRepository, type WhatToChange } from './changes.repository.js';
import { Mentions } from './mentions.js';
import type { ChangedMessage } from './redis/message-change.js';

type Request<P extends keyof ChannelsContract> = RequestTo<ChannelsContract, P>;
type Reply<P extends keyof ChannelsContract> = Promise<ReplyOf<ChannelsContract, P>>;

/** The fields that all changes of messages have. */
type Common = ReplyOf<ChannelsContract, 'channels.delete'>;

/**
 * The rules of changing messages. Each change is made once, however often it is asked for, and its answer is that of the first
 * time. Errors of all: as `ChannelsService.find` and `changeMessage`.
 */
@Injectable()
export class ChangesService {
  constructor(
    private readonly channels: ChannelsService,
    private readonly changes: ChangesRepository,
    private readonly mentions: Mentions,
    private readonly budget: StorageBudget,
    private readonly inboxes: InboxService,
    private readonly hooks: Hooks,
    private readonly webhooks: Webhooks,
  ) {}

  /**
   * Gives a message of the user's own another text, or what a hook puts in its place. An edit that is made already is answered with
   * the text that it has put there, whatever the hook says now; who may not edit the message asks no hook.
   * @throws AppError RATE_LIMITED for one who has stored too much; as `Hooks.textOf`.
   */
  async edit(request: Request<'channels.edit'>, delivery: Delivery = NEVER_LATE): Reply<'channels.edit'> {
    const { user, target, message } = request;
    const channel = await this.channels.find(user, target);
    if (!this.hooks.checksMessagesIn(channel)) return this.editTo(message, request, channel, delivery);
    const { channelUUID } = channel;
    const isEdited = await this.changes.isEdited({ ...request, user: user.UUID, channelUUID });
    const text = isEdited ? message : await this.hooks.editedText(request, channel);
    return this.editTo(text, request, channel, delivery);
  }

  private async editTo(
    text: string,
    request: Request<'channels.edit'>,
    channel: Channel,
    delivery: Delivery,
  ): Reply<'channels.edit'> {
    const { user } = request;
    const found = await this.mentions.in(text, channel, user);
    const what = { kind: 'edit', fields: textFields(text, found) } as const;
    const { frame, changed } = await this.change(request, channel, what, delivery);
    const { message, mentions } = (await this.storedBefore(channel, frame, changed)) ?? {
      ...{ message: text, mentions: found },
    };
    await this.tellMentioned(channel, user, mentions, changed, frame.UUID);
    return { ...frame, Message: message, ...(mentions.length > 0 && { mentions: [...mentions] }) };
  }

  /** What an edit that was made before has put into a message, where a hook may have given it another text each time. */
  private async storedBefore(
    channel: Channel,
    { UUID, messageSeq }: Common,
    { isNew }: ChangedMessage,
  ): Promise<{ message: string; mentions: readonly Mention[] } | undefined> {
    if (isNew || !this.hooks.checksMessagesIn(channel)) return undefined;
    const stored = await this.changes.read(channel.channelUUID, UUID, messageSeq);
    return stored && { message: stored.Message, mentions: stored.mentions ?? [] };
  }

  /** Deletes a message: one of the user's own, or as a moderator. Works when Redis is full, too. */
  async delete(
    request: Request<'channels.delete'>,
    delivery: Delivery = NEVER_LATE,
  ): Reply<'channels.delete'> {
    const channel = await this.channels.find(request.user, request.target);
    return (await this.change(request, channel, { kind: 'delete' }, delivery)).frame;
  }

  /** Adds a reaction of the user, or takes it back. */
  async react(request: Request<'channels.react'>, delivery: Delivery = NEVER_LATE): Reply<'channels.react'> {
    const { user, target, reaction, remove = false } = request;
    const channel = await this.channels.find(user, target);
    const what = { kind: 'react', reaction, remove } as const;
    const { frame, changed } = await this.change(request, channel, what, delivery);
    return { ...frame, reaction, remove, count: changed.count };
  }

  /** Those whom a message mentions that did not before. */
  private async tellMentioned(
    { kind, channelUUID }: Channel,
    author: Identity,
    mentions: readonly Mention[],
    { messageSeq: Seq, mentionedBefore }: ChangedMessage,
    UUID: string,
  ): Promise<void> {
    if (kind === 'private' || mentionedBefore === undefined) return;
    const mentioned = mentions.filter(({ userUUID }) => !mentionedBefore.includes(userUUID));
    const about = { channelUUID, sender: author.UUID, mentioned };
    // The message is edited, and cannot be refused for that: what Redis takes no event for, this replica keeps.
    await this.inboxes.tellMentioned(about, { UUID, Seq }).catch(() => {});
  }

  private async change(
    request: ChangeTarget,
    channel: Channel,
    what: WhatToChange,
    delivery: Delivery,
  ): Promise<{ frame: Common; changed: ChangedMessage }> {
    const made = await this.make(request, channel, what, delivery);
    const { channelUUID } = channel;
    const { Seq: seq } = made.changed;
    if (this.webhooks.areThere && seq > 0) await this.webhooks.tell({ channelUUID, seq });
    return made;
  }

  private async make(
    { user, UUID, key }: ChangeTarget,
    channel: Channel,
    what: WhatToChange,
    { deadline }: Delivery,
  ): Promise<{ frame: Common; changed: ChangedMessage }> {
    const bytes = storedBytes(what);
    const charged = bytes > 0 ? this.budget.take(user.UUID, bytes) : undefined;
    if (charged !== undefined) await charged;
    try {
      const { channelUUID, recipientUUID } = channel;
      const partnerUUID = hasPartner(channel, user.UUID) ? recipientUUID : undefined;
      const change = { channelUUID, partnerUUID, user: user.UUID, UUID, what, key, deadline };
      const changed = await this.changes.change(change);
      if (!changed.isNew) this.budget.giveBack(user.UUID, bytes);
      const { messageSeq, Seq, at } = changed;
      return { frame: { channelUUID, UUID, messageSeq, Seq, userUUID: user.UUID, at }, changed };
    } catch (error) {
      if (!(error instanceof NotOnReplicas)) this.budget.giveBack(user.UUID, bytes);
      throw error;
    }
  }
}

/** What a change takes in Redis, in bytes. A deletion makes room. */
function storedBytes(what: WhatToChange): number {
  if (what.kind === 'delete') return 0;
  return BYTES_OF_ENTRY + (what.kind === 'edit' ? Buffer.byteLength(what.fields) : 0);
}
