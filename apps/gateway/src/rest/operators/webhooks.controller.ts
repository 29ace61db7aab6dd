import { Inject } from '@nestjs/common';
import {
  type ChannelsContract,
  isUserLog,
  userOf,
  type WebhookDelivery,
  type WebhookState,
} from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient } from '@parley/service-kit';
import type { Caller } from '../caller.js';
import { Asked, By, Operation, RestController } from '../operation.decorator.js';
import { writeOnce } from '../write-once.js';

/** How webhooks stand, what they were sent, and what they are sent again. */
@RestController()
export class WebhooksController {
  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  @Operation('listWebhooks')
  async list(): Promise<RestAnswer<'listWebhooks'>> {
    const { webhooks } = await this.channels.ask('channels.webhookStates', {});
    return { webhooks: webhooks.map(shownWebhook) };
  }

  @Operation('listDeliveries')
  async deliveries(
    @Asked()
    {
      params: { name },
      query: { cursor, outcome, limit = LIMITS.deliveriesPerPage },
    }: RestAsked<'listDeliveries'>,
  ): Promise<RestAnswer<'listDeliveries'>> {
    const page = await this.channels.ask('channels.webhookDeliveries', { name, outcome, cursor, limit });
    return { deliveries: page.deliveries.map(shownDelivery), cursor: page.cursor };
  }

  @Operation('replayDelivery')
  async replay(
    @Asked() { params: { name, id } }: RestAsked<'replayDelivery'>,
    @By() by: Caller,
  ): Promise<void> {
    await writeOnce(this.channels, 'channels.replayDelivery', { name, id }, by.requestKey());
  }

  @Operation('replaySetAside')
  replayAll(
    @Asked() { params: { name } }: RestAsked<'replaySetAside'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'replaySetAside'>> {
    return writeOnce(this.channels, 'channels.replayAside', { name }, by.requestKey());
  }
}

function shownWebhook({ name, waiting, more }: WebhookState) {
  const { origin = '', events = [], channels = [], usersWaiting = 0, again = 0, setAside = 0 } = more ?? {};
  const failingSince = more?.failingSince;
  return {
    ...{ name, origin, events: [...events], channels: [...channels] },
    ...{ channelsWaiting: waiting, usersWaiting, again, setAside },
    ...(failingSince !== undefined && { failingSince: new Date(failingSince).toISOString() }),
  };
}

function shownDelivery({
  id,
  type,
  log,
  seq,
  attempts,
  outcome,
  status,
  fault,
  firstAt,
  lastAt,
}: WebhookDelivery) {
  const place = isUserLog(log) ? { userUUID: userOf(log) } : { channelUUID: log, seq };
  return {
    ...{ id, type, ...place, attempts, outcome, status, error: fault },
    ...{ firstAt: new Date(firstAt).toISOString(), lastAt: new Date(lastAt).toISOString() },
  };
}
