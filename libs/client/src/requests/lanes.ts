import { ChannelNames, type Target } from './channel-names.js';

/**
 * What must keep its order: a channel's posts, the changes of its messages or of the group, a channel's subscription, which channel is
 * joined, the inbox, or the contacts.
 */
export interface Lane {
  readonly kind: 'posts' | 'changes' | 'group' | 'subscription' | 'joined' | 'inbox' | 'contacts';
  /** The channel; none where there is one lane for all channels. */
  readonly target?: Target;
}

/**
 * Finds the requests that must wait for an earlier one. Two requests of a lane are never under way together, because the earlier
 * one may be refused for the moment, or be lost with its connection, and the later one would overtake it.
 *
 * A name whose channel is not known yet may mean any id, so a request by such a name and a request by id wait for each other.
 */
export class OpenLanes {
  private readonly open = new Set<string>();

  constructor(private readonly names: ChannelNames) {}

  /** Notes an unanswered request, the oldest first. @returns whether none of the earlier ones may share its lane. */
  enter(lane: Lane | undefined): boolean {
    if (lane === undefined) return true;
    const { kind, target } = lane;
    const name = target === undefined ? '' : this.names.of(target);
    const isFree = !this.open.has(`${kind} ${name}`) && !this.open.has(`${kind} ${otherWay(name)}`);
    this.open.add(`${kind} ${name}`).add(`${kind} any ${wayOf(name)}`);
    return isFree;
  }
}

const wayOf = (name: string): string => (ChannelNames.isId(name) ? 'id' : 'name');
const otherWay = (name: string): string => `any ${wayOf(name) === 'id' ? 'name' : 'id'}`;
