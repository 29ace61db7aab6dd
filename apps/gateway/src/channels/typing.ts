import { Inject, Injectable } from '@nestjs/common';
import { type ChannelsContract, type ChannelTarget, channelIdOf } from '@parley/contracts';
import { LIMITS, type ServerFrameOf } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import type { Connection } from '../socket/connection.js';
import { namedTarget } from './named-target.js';

/** Channels in which one connection is writing at most. Nobody writes in more within {@link LIMITS.typingMs}. */
export const TYPED_IN = 16;

/** Passes on who is writing: for each connection and channel once in {@link LIMITS.typingMs}. */
@Injectable()
export class Typing {
  /** By connection and channel, when it was passed on last, in milliseconds of a monotonic clock. */
  private readonly passed = new WeakMap<Connection, Map<string, number>>();

  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  /**
   * Tells the others that the user is writing, unless they were just told. What failed may be tried again at once.
   * @returns the answer for those who gave the request an id.
   * @throws AppError what posting there would throw.
   */
  async type(
    connection: Connection,
    payload: ChannelTarget,
    now = () => performance.now(),
  ): Promise<ServerFrameOf<'typing'>> {
    const { user } = connection.signedIn();
    const channelUUID = channelIdOf(user.UUID, payload);
    const passed = this.passedOf(connection, now());
    if (!passed.has(channelUUID) && passed.size < TYPED_IN) {
      const target = namedTarget(connection, payload);
      await this.channels.ask(
        'channels.typing',
        { user, target },
        { deadlineMs: LIMITS.typingMs, isRepeatable: true },
      );
      passed.set(channelUUID, now());
    }
    return { type: 'typing', typing: { channelUUID, userUUID: user.UUID, username: user.Username } };
  }

  /** Without what is long enough ago. */
  private passedOf(connection: Connection, now: number): Map<string, number> {
    const passed = this.passed.get(connection) ?? new Map<string, number>();
    this.passed.set(connection, passed);
    for (const [channelUUID, at] of passed) if (now - at >= LIMITS.typingMs) passed.delete(channelUUID);
    return passed;
  }
}
