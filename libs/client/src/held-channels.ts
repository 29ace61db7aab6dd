import { LIMITS, type Message, type ServerFrame } from '@parley/protocol';
import type { ClientEvents, Position } from './events.js';

interface Held {
  epoch: string;
  seq: number;
  /** The application has asked to subscribe to it. */
  subscribed: boolean;
  /** The server has it subscribed on this connection, perhaps only because of a resume. */
  subscribedThere: boolean;
}

/** What a frame means for the held channels. */
export type Outcome =
  | { readonly event: 'message'; readonly of: ClientEvents['message'] }
  | { readonly event: 'reload'; readonly of: ClientEvents['reload'] }
  /** Messages are missing: the connection must be resumed. */
  | { readonly event: 'hole' };

/** The joined channel, and how to join it again. */
export interface Joined {
  readonly channelUUID: string;
}

/**
 * The channels that a client follows, and how far it has come in each. A server delivers without gaps or duplicates.
 * This is the client's own check, and the position it resumes from.
 */
export class HeldChannels {
  joined: Joined | undefined;
  private readonly held = new Map<string, Held>();

  positions(): Position[] {
    return [...this.held].map(([channelUUID, { epoch, seq }]) => ({ channelUUID, epoch, seq }));
  }

  /** The channels to resume: as many as a connection may hold, the subscribed ones before one that is only joined. */
  toResume(): Position[] {
    const wanted = this.positions().sort((a, b) => this.rank(a) - this.rank(b));
    return wanted.slice(0, LIMITS.subscriptionsPerConnection);
  }

  /** Applies what a frame says about channels. */
  apply(frame: ServerFrame): Outcome[] {
    switch (frame.type) {
      case 'channelMessage':
        return this.takeMessage(frame.channelMessage);
      case 'subscribed':
        return this.takeSubscribed(frame.subscribed, frame.id !== undefined);
      case 'channelJoin':
        return this.takeJoined(frame.channelJoin);
      case 'resumed':
        return frame.resumed.channels.flatMap((channel) => this.takeResumed(channel));
      default:
        return [];
    }
  }

  /** The server no longer has the channel joined. */
  left(channelUUID: string): void {
    if (this.joined?.channelUUID !== channelUUID) return;
    this.joined = undefined;
    this.dropUnlessWanted(channelUUID);
  }

  /** The server has unsubscribed the channel. */
  unsubscribed(channelUUID: string): void {
    const held = this.held.get(channelUUID);
    if (held) Object.assign(held, { subscribed: false, subscribedThere: false });
    this.dropUnlessWanted(channelUUID);
  }

  /** Whether the server still delivers a channel that is no longer wanted. */
  isSuperfluous(channelUUID: string): boolean {
    const held = this.held.get(channelUUID);
    return held?.subscribedThere === true && !held.subscribed && !this.isJoined(channelUUID);
  }

  /** A new connection holds nothing yet. */
  connectionLost(): void {
    for (const [channelUUID, held] of this.held) {
      held.subscribedThere = false;
      this.dropUnlessWanted(channelUUID);
    }
  }

  clear(): void {
    this.held.clear();
    this.joined = undefined;
  }

  private takeMessage(message: Message): Outcome[] {
    const held = this.held.get(message.ChannelUUID);
    if (held === undefined || message.Seq <= held.seq) return [];
    if (message.Seq > held.seq + 1) return [{ event: 'hole' }];
    held.seq = message.Seq;
    return [{ event: 'message', of: { epoch: held.epoch, message } }];
  }

  private takeSubscribed(head: Position, asked: boolean): Outcome[] {
    const held = this.held.get(head.channelUUID);
    if (!asked && held === undefined) return [];
    const outcomes = asked ? this.hold(head) : this.move(head);
    if (asked) Object.assign(this.held.get(head.channelUUID)!, { subscribed: true, subscribedThere: true });
    return outcomes;
  }

  private takeJoined(head: Position): Outcome[] {
    const earlier = this.joined;
    this.joined = { channelUUID: head.channelUUID };
    if (earlier && earlier.channelUUID !== head.channelUUID) this.dropUnlessWanted(earlier.channelUUID);
    return this.hold(head);
  }

  private takeResumed(head: {
    readonly channelUUID: string;
    readonly epoch?: string | undefined;
    readonly seq?: number | undefined;
    readonly recovered: boolean;
  }): Outcome[] {
    const { channelUUID, epoch, seq, recovered } = head;
    const held = this.held.get(channelUUID);
    if (held === undefined) return [];
    if (epoch === undefined || seq === undefined) return this.refused(channelUUID, held);
    held.subscribedThere = true;
    // What was missed came before this frame, so a client that is still short of `seq` has a hole.
    if (recovered && held.epoch === epoch) return held.seq < seq ? [{ event: 'hole' }] : [];
    return this.moveTo(held, { channelUUID, epoch, seq });
  }

  /** Starts to hold a channel at the head that the server reports. A channel already held continues from where it is. */
  private hold(head: Position): Outcome[] {
    const held = this.held.get(head.channelUUID);
    if (held?.epoch === head.epoch && (held.seq >= head.seq || held.subscribedThere)) return [];
    if (held !== undefined) return this.moveTo(held, head);
    this.held.set(head.channelUUID, {
      epoch: head.epoch,
      seq: head.seq,
      subscribed: false,
      subscribedThere: false,
    });
    return [];
  }

  /** Moves to a head that the server reports unasked: the log has another epoch, or this client has lost messages. */
  private move(head: Position): Outcome[] {
    const held = this.held.get(head.channelUUID)!;
    return held.epoch === head.epoch && head.seq <= held.seq ? [] : this.moveTo(held, head);
  }

  private moveTo(held: Held, { channelUUID, epoch, seq }: Position): Outcome[] {
    const before = { channelUUID, epoch: held.epoch, seq: held.seq };
    Object.assign(held, { epoch, seq });
    return [{ event: 'reload', of: { channelUUID, before, now: { channelUUID, epoch, seq } } }];
  }

  private refused(channelUUID: string, { epoch, seq }: Held): Outcome[] {
    this.held.delete(channelUUID);
    if (this.isJoined(channelUUID)) this.joined = undefined;
    return [{ event: 'reload', of: { channelUUID, before: { channelUUID, epoch, seq } } }];
  }

  private isJoined(channelUUID: string): boolean {
    return this.joined?.channelUUID === channelUUID;
  }

  private dropUnlessWanted(channelUUID: string): void {
    const held = this.held.get(channelUUID);
    if (held && !held.subscribed && !held.subscribedThere && !this.isJoined(channelUUID)) {
      this.held.delete(channelUUID);
    }
  }

  private rank({ channelUUID }: Position): number {
    return this.held.get(channelUUID)!.subscribed ? 0 : 1;
  }
}
