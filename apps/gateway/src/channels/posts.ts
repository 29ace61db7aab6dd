import type { ChannelTarget } from '@parley/contracts';
import type { RequestPayload, ServerFrameOf } from '@parley/protocol';
import type { Hub } from '../delivery/hub.js';
import type { Connection } from '../socket/connection.js';
import type { PostBatcher } from './post-batcher.js';

/** A message as a client sends it. */
type PostPayload = ChannelTarget & Pick<RequestPayload<'channelMessage'>, 'message' | 'clientUUID'>;

/** Posting messages. */
export class Posts {
  constructor(
    private readonly batcher: PostBatcher,
    private readonly hub: Hub,
  ) {}

  /**
   * Stores a message. Where the sender has joined the channel, the next frame waits until the message has come
   * by, because it is the answer that clients of the seed know.
   * @returns the acknowledgement, for those who asked for one.
   */
  async post(
    connection: Connection,
    { recipientUUID, channelUUID, message, clientUUID }: PostPayload,
  ): Promise<ServerFrameOf<'ack'>> {
    const { user: sender } = connection.signedIn();
    const target = { recipientUUID, channelUUID };
    const stored = await this.batcher.post({
      ...{ sender, target, message, clientUUID },
      key: connection.nextKey(),
    });
    if (connection.joined?.ref.channelUUID === stored.ChannelUUID)
      connection.afterAnswer(() => this.hub.reached(stored.ChannelUUID, stored.Seq));
    return { type: 'ack', ack: stored };
  }
}
