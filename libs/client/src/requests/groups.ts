import type { ChannelInfo, MemberRole, RequestPayload } from '@parley/protocol';
import { ChatError } from '../chat-error.js';
import type { Ask, PageOptions, Payload } from './answer.js';
import type { Wanted } from './outbox.js';

/** Refusals that say that the user is no member. */
const NO_MEMBER: ReadonlySet<string> = new Set(['FORBIDDEN', 'CHANNEL_NOT_FOUND']);

/** What changes about a group. What is absent stays as it is. */
export type GroupSettings = Omit<RequestPayload<'channelSet'>, 'channelUUID'>;

/**
 * Group channels and their members. Who may do what is in the protocol's table of rights; what is not allowed is refused with
 * FORBIDDEN. Changes of one group take effect in the order in which they were asked for.
 */
export class Groups {
  /** @param reader the user whose client this is. */
  constructor(
    private readonly ask: Ask,
    private readonly reader: () => string | undefined,
  ) {}

  /**
   * Creates a group; the user is its owner. A request whose answer is lost is not repeated, because that would make a second group.
   * @throws ChatError LIMIT_REACHED; UNAVAILABLE if nobody knows whether the group was made.
   */
  async create(group: RequestPayload<'channelCreate'>): Promise<ChannelInfo> {
    const frame = { type: 'channelCreate', channelCreate: group };
    return (await this.ask('channelCreate', frame, { isOnce: true })).channel;
  }

  /** A page of the user's groups, or of all public ones. */
  list(scope: 'mine' | 'public', options: PageOptions = {}): Promise<Payload<'channels'>> {
    return this.ask('channels', { type: 'channels', channels: { scope, ...options } });
  }

  /** Renames a group, says what it is about, archives it or brings it back. */
  async set(channelUUID: string, settings: GroupSettings): Promise<ChannelInfo> {
    return (await this.change('channelSet', { channelUUID, ...settings })).channel;
  }

  members(channelUUID: string, options: PageOptions = {}): Promise<Payload<'channelMembers'>> {
    const channelMembers = { channelUUID, ...options };
    return this.ask('channelMembers', { type: 'channelMembers', channelMembers });
  }

  /** Makes users members: one, or at most 100. Of several, the answer says who could not be invited, and why. */
  invite(channelUUID: string, users: string | readonly string[]): Promise<Payload<'channelInvite'>> {
    const whom = typeof users === 'string' ? { userUUID: users } : { userUUIDs: users };
    return this.change('channelInvite', { channelUUID, ...whom });
  }

  /** Removes a member. With `ban`, the user cannot come back. */
  kick(
    channelUUID: string,
    userUUID: string,
    options: { readonly ban?: boolean } = {},
  ): Promise<Payload<'channelKick'>> {
    return this.change('channelKick', { channelUUID, userUUID, ...options });
  }

  /** Ends the user's own membership. Does nothing if there is none. */
  async quit(channelUUID: string): Promise<void> {
    const userUUID = this.reader();
    if (userUUID === undefined) throw ChatError.of('NOT_SIGNED_IN');
    try {
      await this.kick(channelUUID, userUUID);
    } catch (error) {
      // The first attempt succeeded, and its answer was lost.
      if (!NO_MEMBER.has((error as ChatError).name)) throw error;
    }
  }

  unban(channelUUID: string, userUUID: string): Promise<Payload<'channelUnban'>> {
    return this.change('channelUnban', { channelUUID, userUUID });
  }

  /** Lets a member write nothing for some seconds. 0 ends that. */
  mute(channelUUID: string, userUUID: string, seconds: number): Promise<Payload<'channelMute'>> {
    return this.change('channelMute', { channelUUID, userUUID, seconds });
  }

  /** Gives a member another role. An owner who makes another member the owner is a moderator afterwards. A new owner is no longer muted. */
  setRole(channelUUID: string, userUUID: string, role: MemberRole): Promise<Payload<'channelRole'>> {
    return this.change('channelRole', { channelUUID, userUUID, role });
  }

  /** Who changed what and when, the newest first. For moderators and the owner. */
  audit(channelUUID: string, options: PageOptions = {}): Promise<Payload<'channelAudit'>> {
    const channelAudit = { channelUUID, ...options };
    return this.ask('channelAudit', { type: 'channelAudit', channelAudit });
  }

  private change<
    T extends 'channelSet' | 'channelInvite' | 'channelKick' | 'channelUnban' | 'channelMute' | 'channelRole',
  >(
    type: T,
    payload: { readonly channelUUID: string; readonly [field: string]: unknown },
  ): Promise<Payload<T>> {
    const how: Omit<Wanted, 'frame'> = {
      lane: { kind: 'group', target: { channelUUID: payload.channelUUID } },
    };
    return this.ask(type, { type, [type]: payload }, how);
  }
}
