import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type {
  ChannelsWebhooksContract,
  ReplyOf,
  RequestTo,
  WebhookDeliveriesContract,
} from '@parley/contracts';
import { OperatorPattern } from '@parley/service-kit';
import { DeliveriesService } from './deliveries.service.js';
import { Webhooks } from './webhooks.js';
import { WebhooksRepository } from './webhooks.repository.js';

type Contract = ChannelsWebhooksContract & WebhookDeliveriesContract;
type Request<P extends keyof Contract> = RequestTo<Contract, P>;
type Reply<P extends keyof Contract> = Promise<ReplyOf<Contract, P>>;

/** Answers operators who look after webhooks: those of the command, and those whom a gateway has let in. */
@Controller()
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly repository: WebhooksRepository,
    private readonly deliveries: DeliveriesService,
  ) {}

  @OperatorPattern('channels.webhooks')
  async list(): Reply<'channels.webhooks'> {
    return { webhooks: await this.deliveries.states() };
  }

  @OperatorPattern('channels.replayWebhook')
  async replay(
    @Payload() { name, channelUUID, after }: Request<'channels.replayWebhook'>,
  ): Reply<'channels.replayWebhook'> {
    this.deliveries.mustBeKnown(name);
    await this.repository.rewind({ name, of: 'channels' }, channelUUID, after);
    this.webhooks.wake();
    return {};
  }

  @OperatorPattern('channels.deliveriesOf')
  deliveriesOf(@Payload() asked: Request<'channels.deliveriesOf'>): Reply<'channels.deliveriesOf'> {
    return this.deliveries.list(asked);
  }

  @OperatorPattern('channels.sendAgain')
  sendAgain(@Payload() asked: Request<'channels.sendAgain'>): Reply<'channels.sendAgain'> {
    return this.deliveries.replay(asked);
  }

  @OperatorPattern('channels.sendAsideAgain')
  sendAsideAgain(@Payload() asked: Request<'channels.sendAsideAgain'>): Reply<'channels.sendAsideAgain'> {
    return this.deliveries.replayAside(asked);
  }

  @MessagePattern('channels.webhookStates')
  async states(): Reply<'channels.webhookStates'> {
    return { webhooks: await this.deliveries.states() };
  }

  @MessagePattern('channels.webhookDeliveries')
  page(@Payload() asked: Request<'channels.webhookDeliveries'>): Reply<'channels.webhookDeliveries'> {
    return this.deliveries.list(asked);
  }

  @MessagePattern('channels.replayDelivery')
  replayOne(@Payload() asked: Request<'channels.replayDelivery'>): Reply<'channels.replayDelivery'> {
    return this.deliveries.replay(asked);
  }

  @MessagePattern('channels.replayAside')
  replayAll(@Payload() asked: Request<'channels.replayAside'>): Reply<'channels.replayAside'> {
    return this.deliveries.replayAside(asked);
  }
}
