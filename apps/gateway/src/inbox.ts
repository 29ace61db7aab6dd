import { type ChannelsContract, inboxId } from '@parley/contracts';
import type { RequestPayload, ServerFrameOf } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';
import type { CatchUp } from './catch-up.js';
import type { Connection } from './connection.js';
import { type Hub, membershipIn } from './hub.js';
import { ROLE } from './membership.js';

/** Whatever concerns a user in any channel, for the connections that asked for it. */
export class Inbox {
  constructor(
    private readonly channels: ServiceClient<ChannelsContract>,
    private readonly hub: Hub,
    private readonly catchUp: CatchUp,
  ) {}

  /** Follows the user's inbox: from where the client is, where it says so, otherwise from the newest item on. */
  async open(
    connection: Connection,
    { epoch, seq }: RequestPayload<'inbox'>,
  ): Promise<ServerFrameOf<'inbox'>> {
    const { user } = connection.signedIn();
    const id = inboxId(user.UUID);
    const isMember = membershipIn(connection, id) !== undefined;
    const membership = await this.hub.add(id, connection, ROLE.inbox);
    membership.hold();
    try {
      const head = await this.channels.ask('channels.openInbox', { user });
      const isNew = epoch === undefined || seq === undefined;
      const recovered = isNew || (epoch === head.epoch && seq <= head.seq && seq + 1 >= head.first);
      membership.log.enter(head.epoch, head.seq);
      membership.place(head.epoch, recovered && !isNew ? seq : head.seq);
      connection.afterAnswer(() => this.catchUp.goLive(membership));
      return {
        type: 'inbox',
        inbox: { epoch: head.epoch, seq: head.seq, unread: head.unread, recovered },
      };
    } catch (error) {
      if (!isMember) this.hub.remove(membership, ROLE.inbox);
      await this.catchUp.goLive(membership);
      throw error;
    }
  }
}
