import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { type ChannelsContract, type ChannelTarget, channelIdOf, inboxId } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import { type HistoryPlace, historyCursor, type RestAnswer, type RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { PostBatcher } from '../channels/post-batcher.js';
import { MASTER_OF, type MasterOf, PageSlots } from '../delivery/masters.js';
import type { Caller } from './caller.js';
import { channelNamed, withUser } from './channel-target.js';
import { Asked, By, Operation, RestController } from './operation.decorator.js';

type History = RestAsked<'listMessages'>['query'];

/** Messages: posting them, and reading the history. */
@RestController()
export class MessagesController {
  private readonly slots: PageSlots;

  constructor(
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
    @Inject(MASTER_OF) masterOf: MasterOf,
    private readonly posts: PostBatcher,
  ) {
    this.slots = new PageSlots(masterOf);
  }

  @Operation('postMessage')
  postToChannel(
    @Asked() { params, body }: RestAsked<'postMessage'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'postMessage'>> {
    return this.post(by, channelNamed(params.channelUUID), body);
  }

  @Operation('postMessageToUser')
  postToUser(
    @Asked() { params, body }: RestAsked<'postMessageToUser'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'postMessageToUser'>> {
    return this.post(by, withUser(params.userUUID, by), body);
  }

  @Operation('listMessages')
  listOfChannel(
    @Asked() { params, query }: RestAsked<'listMessages'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'listMessages'>> {
    return this.page(by, channelNamed(params.channelUUID), query);
  }

  @Operation('listMessagesWithUser')
  listWithUser(
    @Asked() { params, query }: RestAsked<'listMessagesWithUser'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'listMessagesWithUser'>> {
    return this.page(by, withUser(params.userUUID, by), query);
  }

  @Operation('listReceivedMessages')
  async listReceived(
    @Asked() { query: { cursor, limit = LIMITS.messagesOnJoin } }: RestAsked<'listReceivedMessages'>,
    @By() { user }: Caller,
  ): Promise<RestAnswer<'listReceivedMessages'>> {
    const page = await this.slots.run(inboxId(user.UUID), () =>
      this.channels.askPage('channels.received', limit, (size) => ({ user, cursor, limit: size })),
    );
    return { messages: [...page.messages], cursor: page.cursor };
  }

  /** The messages of sockets and of REST gather in the same requests. */
  private async post(
    by: Caller,
    target: ChannelTarget,
    { message, replyTo }: RestAsked<'postMessage'>['body'],
  ): Promise<RestAnswer<'postMessage'>> {
    const post = { sender: by.user, target, message, replyTo };
    const clientUUID = by.idempotencyKey;
    const stored = await this.posts.post({ ...post, clientUUID, key: `rest:${randomUUID()}` });
    const { UUID, Seq, ChannelUUID, CreatedAt } = stored;
    return { UUID, Seq, ChannelUUID, CreatedAt };
  }

  private async page(by: Caller, target: ChannelTarget, query: History): Promise<RestAnswer<'listMessages'>> {
    const { user } = by;
    const { cursor, before, after, limit = LIMITS.messagesOnJoin } = query;
    const place: Partial<Record<'before' | 'after', number>> = cursor ?? { before, after };
    const page = await this.slots.run(channelIdOf(user.UUID, target), () =>
      this.channels.askPage('channels.history', limit, (size) => ({ user, target, ...place, limit: size })),
    );
    const { channelUUID, messages, hasMore } = page;
    const next = place.after === undefined ? olderThan(messages[0]) : newerThan(messages.at(-1));
    return {
      channelUUID,
      messages: [...messages],
      ...(hasMore && next !== undefined && { cursor: historyCursor(next) }),
    };
  }
}

type Placed = { readonly Seq: number } | undefined;

const olderThan = (first: Placed): HistoryPlace | undefined => first && { before: first.Seq };
const newerThan = (last: Placed): HistoryPlace | undefined => last && { after: last.Seq };
