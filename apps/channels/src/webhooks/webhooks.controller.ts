import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { ChannelsWebhooksContract, ReplyOf, RequestTo } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { OperatorPattern } from '@parley/service-kit';
import { Webhooks } from './webhooks.js';
import { WebhooksRepository } from './webhooks.repository.js';

type Request<P extends keyof ChannelsWebhooksContract> = RequestTo<ChannelsWebhooksContract, P>;
type Reply<P extends keyof ChannelsWebhooksContract> = Promise<ReplyOf<ChannelsWebhooksContract, P>>;

/** Entries that were set aside, of each webhook, in one answer. */
const SHOWN = 20;

/** Answers operators who look after webhooks. */
@Controller()
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly repository: WebhooksRepository,
  ) {}

  @OperatorPattern('channels.webhooks')
  async list(): Reply<'channels.webhooks'> {
    const webhooks = this.webhooks.names.map(async (name) => ({
      name,
      waiting: await this.repository.waiting(name),
      aside: await this.repository.listAside(name, SHOWN),
    }));
    return { webhooks: await Promise.all(webhooks) };
  }

  @OperatorPattern('channels.replayWebhook')
  async replay(
    @Payload() { name, channelUUID, after }: Request<'channels.replayWebhook'>,
  ): Reply<'channels.replayWebhook'> {
    if (!this.webhooks.names.includes(name))
      throw new AppError('INVALID_FIELD', { message: 'There is no webhook of that name.' });
    await this.repository.rewind(name, channelUUID, after);
    this.webhooks.wake();
    return {};
  }
}
