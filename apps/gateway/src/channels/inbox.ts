import { Inject, Injectable } from '@nestjs/common';
import { type ChannelsContract, headFor, inboxId, isRecoverable } from '@parley/contracts';
import type { RequestPayload, ServerFrameOf } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { type Followed, Follower } from '../delivery/follow.js';
import { ROLE } from '../delivery/membership.js';
import type { Connection } from '../socket/connection.js';

type Position = RequestPayload<'inbox'>;
type InboxFrame = ServerFrameOf<'inbox'>;

/** What concerns a user in any channel, for the connections that asked for it. */
@Injectable()
export class Inbox {
  constructor(
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
    private readonly follower: Follower,
  ) {}

  /** Follows the user's inbox: from where the client is, if it says so, otherwise from the newest item on. */
  async open(connection: Connection, position: Position): Promise<InboxFrame> {
    const { user } = connection.signedIn();
    const request = { connection, role: ROLE.inbox, logs: [inboxId(user.UUID)], holds: true };
    return this.follower.follow(request, ([inbox]) => this.begin(connection, inbox!, position));
  }

  private async begin(
    connection: Connection,
    inbox: Followed,
    { epoch, seq }: Position,
  ): Promise<InboxFrame> {
    const { user } = connection.signedIn();
    const head = headFor(epoch, await this.channels.ask('channels.openInbox', { user, epoch }));
    // Without a position, the client begins at the head and misses nothing.
    const position = epoch === undefined || seq === undefined ? head : { epoch, seq };
    const recovered = isRecoverable(position, head);
    inbox.restartAt({ epoch: head.epoch, seq: recovered ? position.seq : head.seq }, head);
    return { type: 'inbox', inbox: { epoch: head.epoch, seq: head.seq, unread: head.unread, recovered } };
  }
}
