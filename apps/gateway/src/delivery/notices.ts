import { droppedNotices } from '../metrics.js';
import type { FrameBudget } from '../pacing/frame-budget.js';
import { textFrame } from '../socket/text-frame.js';
import type { Audience } from './audience.js';
import type { Membership } from './membership.js';

/** So many members here are always told: that costs about what the join or the leave itself does. */
const ALWAYS_TOLD = 100;
/** How the channels service writes a notice: the connection that joins or leaves stands before any text of a user. */
const SUUID = '"SUUID":"';
const UUID_LENGTH = 36;

/**
 * Tells the members of one log who joins and leaves. A crowd that joins a channel with members by the thousand would
 * make frames by the million: where there are many members they are told within a budget per gateway, and above it
 * the notice is dropped and counted. The connection that joins is told of it always.
 */
export class Notices {
  /** Members that have not been told of their own join yet, by the connection. */
  private readonly joining = new Map<string, Membership>();

  constructor(
    private readonly audience: Audience,
    private readonly budget: FrameBudget,
  ) {}

  /** The member joins: its own notice is to come. */
  expect(member: Membership): void {
    this.joining.set(member.connection.id, member);
  }

  /** The member is gone. */
  forget(member: Membership): void {
    this.joining.delete(member.connection.id);
  }

  /** Takes one published notice. */
  take(json: Buffer): void {
    const { size } = this.audience.members;
    const own = this.takeOwn(json);
    if (size <= ALWAYS_TOLD || this.budget.take(size)) this.audience.pass(0, json);
    else {
      own?.offer(0, textFrame(json));
      droppedNotices.inc(own === undefined ? size : size - 1);
    }
  }

  private takeOwn(json: Buffer): Membership | undefined {
    if (this.joining.size === 0) return undefined;
    const start = json.indexOf(SUUID) + SUUID.length;
    const id = json.toString('latin1', start, start + UUID_LENGTH);
    const own = this.joining.get(id);
    if (own !== undefined) this.joining.delete(id);
    return own;
  }
}
