import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { RequestPayload, ServerFrameOf } from '@parley/protocol';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';
import { Inbox } from './inbox.js';
import { Subscriptions } from './subscriptions.js';

/** What a connection follows without joining it. */
@FrameGateway()
export class SubscriptionGateway {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly inbox: Inbox,
  ) {}

  @SubscribeMessage('subscribe')
  subscribe(
    @ConnectedSocket() connection: Connection,
    @MessageBody('subscribe') target: RequestPayload<'subscribe'>,
  ): Promise<ServerFrameOf<'subscribed'>> {
    return this.subscriptions.subscribe(connection, target);
  }

  @SubscribeMessage('unsubscribe')
  unsubscribe(
    @ConnectedSocket() connection: Connection,
    @MessageBody('unsubscribe') target: RequestPayload<'unsubscribe'>,
  ): Promise<ServerFrameOf<'unsubscribed'>> {
    return this.subscriptions.unsubscribe(connection, target);
  }

  @SubscribeMessage('inbox')
  openInbox(
    @ConnectedSocket() connection: Connection,
    @MessageBody('inbox') position: RequestPayload<'inbox'>,
  ): Promise<ServerFrameOf<'inbox'>> {
    return this.inbox.open(connection, position);
  }
}
