import { type ChannelsContract, inboxId } from '@parley/contracts';
import { CLOSE_CODES, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';
import type { CatchUp } from '../delivery/catch-up.js';
import { type Hub, membershipIn } from '../delivery/hub.js';
import { type Membership, ROLE } from '../delivery/membership.js';
import { untilDone } from '../pacing/retry.js';
import type { Connection } from '../socket/connection.js';

type Position = RequestPayload<'inbox'>;
type InboxFrame = ServerFrameOf<'inbox'>;

/** In no epoch: nothing can be recovered from there. */
const NOWHERE: Position = { epoch: '', seq: 0 };

/** Whatever concerns a user in any channel, for the connections that asked for it. */
export class Inbox {
  constructor(
    private readonly channels: ServiceClient<ChannelsContract>,
    private readonly hub: Hub,
    private readonly catchUp: CatchUp,
  ) {
    hub.whenInboxMoves((member) => this.moved(member));
  }

  /** Follows the user's inbox: from where the client is, where it says so, otherwise from the newest item on. */
  async open(connection: Connection, position: Position): Promise<InboxFrame> {
    const { user } = connection.signedIn();
    const id = inboxId(user.UUID);
    const isMember = membershipIn(connection, id) !== undefined;
    const membership = await this.hub.add(id, connection, ROLE.inbox);
    membership.hold();
    try {
      const frame = await this.enter(membership, position);
      connection.afterAnswer(() => this.catchUp.goLive(membership));
      return frame;
    } catch (error) {
      if (!isMember) this.hub.remove(membership, ROLE.inbox);
      await this.catchUp.goLive(membership);
      throw error;
    }
  }

  /** Tells a client, unasked, that its inbox is another by now: reload it. Where that fails, the client has to resume. */
  private moved(member: Membership): void {
    const { connection } = member;
    member.hold();
    connection.enqueue(async () => {
      try {
        await untilDone(() => this.tellAgain(member));
      } catch (error) {
        connection.close(CLOSE_CODES.OUT_OF_STEP, 'resume');
        throw error;
      }
    });
  }

  private async tellAgain(member: Membership): Promise<void> {
    if (!member.connection.isOpen || !member.is(ROLE.inbox)) return;
    member.connection.tell(await this.enter(member, NOWHERE));
    await this.catchUp.goLive(member);
  }

  private async enter(membership: Membership, { epoch, seq }: Position): Promise<InboxFrame> {
    const { user } = membership.connection.signedIn();
    const head = await this.channels.ask('channels.openInbox', { user });
    const isNew = epoch === undefined || seq === undefined;
    const recovered = isNew || (epoch === head.epoch && seq <= head.seq && seq + 1 >= head.first);
    membership.log.enter(head.epoch, head.seq);
    membership.place(head.epoch, recovered && !isNew ? seq : head.seq);
    return { type: 'inbox', inbox: { epoch: head.epoch, seq: head.seq, unread: head.unread, recovered } };
  }
}
