import { droppedNotices } from '../metrics.js';
import type { TokenBucket } from '../pacing/token-bucket.js';
import { textFrame } from '../socket/text-frame.js';
import type { Audience } from './audience.js';
import { isLeave } from './for-counters.js';
import type { Membership } from './membership.js';

/** With so many members here, all are always told: that costs about as much as the join or the leave does. */
export const ALWAYS_TOLD = 100;
/** How the channels service writes a notice: the connection that joins or leaves precedes any text of a user. */
const SUUID = '"SUUID":"';
const UUID_LENGTH = 36;

/**
 * Tells the members of one log who joins and leaves, and those who count Seqs who is typing. A crowd that joins a channel with thousands of members would make
 * millions of frames: large channels are told within a budget per gateway, above which a notice is dropped and counted.
 * The connection that joins is always told of its own join.
 */
export class Notices {
  /** Members that have not been told of their own join yet, by the connection. */
  private readonly joining = new Map<string, Membership>();

  constructor(
    private readonly audience: Audience,
    private readonly budget: TokenBucket,
  ) {}

  /** The member joins: its own notice follows, and what arrives before that is older than its snapshot. */
  expect(member: Membership): void {
    this.joining.set(member.connection.id, member);
    member.fence();
  }

  /** The member is gone, or its join has failed. */
  forget(member: Membership): void {
    if (this.joining.delete(member.connection.id)) member.liftFence();
  }

  /** Notices may be lost: nobody waits for its own. */
  interrupted(): void {
    for (const member of this.joining.values()) member.liftFence();
    this.joining.clear();
  }

  /** Delivers one published notice. */
  deliver(json: Buffer): void {
    const { size } = this.audience.members;
    const own = this.takeJoining(json);
    if (size <= ALWAYS_TOLD || this.budget.spend(size)) this.audience.deliver(0, json);
    else {
      own?.offer(0, textFrame(json));
      droppedNotices.inc(own === undefined ? size : size - 1);
    }
  }

  /** @returns the member that the notice is about, if it joins here and is not told yet. */
  private takeJoining(json: Buffer): Membership | undefined {
    if (this.joining.size === 0) return undefined;
    const start = json.indexOf(SUUID) + SUUID.length;
    const id = json.toString('latin1', start, start + UUID_LENGTH);
    const own = this.joining.get(id);
    // Its leave before the join may arrive first.
    if (own === undefined || isLeave(json)) return undefined;
    this.joining.delete(id);
    own.passFence();
    return own;
  }
}
