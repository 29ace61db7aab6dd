import { Injectable } from '@nestjs/common';
import type { ChannelTarget } from '@parley/contracts';
import type { RequestPayload, ServerFrameOf } from '@parley/protocol';
import { Hub } from '../delivery/hub.js';
import type { Connection } from '../socket/connection.js';
import { namedTarget } from './named-target.js';
import { PostBatcher } from './post-batcher.js';

/** A message as a client sends it. */
type PostPayload = ChannelTarget &
  Pick<RequestPayload<'channelMessage'>, 'message' | 'clientUUID'> &
  Partial<Pick<RequestPayload<'channelMessage'>, 'replyTo'>>;

/** Posting messages. */
@Injectable()
export class Posts {
  constructor(
    private readonly batcher: PostBatcher,
    private readonly hub: Hub,
  ) {}

  /**
   * Stores a message. If the sender has joined the channel, its next frame waits until the message has been delivered,
   * because that is the answer that the demo's clients know.
   * @returns the acknowledgement, for those who asked for one.
   */
  async post(
    connection: Connection,
    { recipientUUID, channelUUID, message, clientUUID, replyTo }: PostPayload,
  ): Promise<ServerFrameOf<'ack'>> {
    const { user: sender } = connection.signedIn();
    const target = namedTarget(connection, { recipientUUID, channelUUID });
    const post = { sender, target, message, clientUUID, replyTo, key: connection.nextKey() };
    const stored = await this.batcher.post(post, connection.frameArrivedAt);
    if (connection.joined?.channelUUID === stored.ChannelUUID)
      connection.afterAnswer(() => this.hub.delivered(stored.ChannelUUID, stored.Seq));
    return { type: 'ack', ack: stored };
  }
}
