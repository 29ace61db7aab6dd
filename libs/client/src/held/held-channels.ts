import type { Message, ServerFrame, ServerFrameOf } from '@parley/protocol';
import { LIMITS } from '@parley/protocol/constants';
import type { ClientEvents, Position } from '../events.js';
import type { RequestFrame } from '../wire/wire.js';
import type { ChangeFrame } from './after-change.js';
import { HeldChannel, HOLE, type Outcome } from './held-channel.js';
import type { Part } from './kept-messages.js';
import { entryIn, type LogEntry } from './log-entry.js';
import { PagesUnderWay } from './pages-under-way.js';
import { partOf } from './part-of.js';

/** A position as a resume states it. A private channel that nobody has written to is known by its partner only. */
export interface ResumedPosition extends Position {
  readonly recipientUUID?: string;
}

/**
 * The channels that a client follows, and how far it has come in each. All of it follows from the frames, in the order in
 * which they arrive; a promise that settles later changes nothing here. A server delivers without gaps or duplicates. This is
 * the client's own check, and the position from which it resumes.
 */
export class HeldChannels {
  /** The channels that the application has subscribed to or joined. */
  private readonly held = new Map<string, HeldChannel>();
  /** Pages of the history that were asked for. */
  readonly pages = new PagesUnderWay();
  /** The channel that the application has joined. */
  private joinedUUID: string | undefined;
  /** What this connection has subscribed to, perhaps only because of a resume, and what it has joined. */
  private readonly subscribedThere = new Set<string>();
  private joinedThere: string | undefined;

  /**
   * @param most how many messages of each channel are kept.
   * @param reader the user whose client this is.
   */
  constructor(
    private readonly most: number,
    private readonly reader: () => string | undefined,
  ) {}

  get joined(): string | undefined {
    return this.joinedUUID;
  }

  /** Whether nothing is left to join: this connection has joined the channel that the application has joined, if any. */
  get isJoinedThere(): boolean {
    return this.joinedUUID === undefined || this.joinedUUID === this.joinedThere;
  }

  /** The newest messages of a channel, as they are now, the oldest first. None of a channel that is not held. */
  messagesOf(channelUUID: string): readonly Message[] {
    return this.held.get(channelUUID)?.messages ?? [];
  }

  /** How far each member has read a channel, as far as the server says so. */
  readsOf(channelUUID: string): ReadonlyMap<string, number> {
    return this.held.get(channelUUID)?.reads.all ?? new Map();
  }

  positions(): Position[] {
    return [...this.held.values()].map(({ position }) => position);
  }

  /** The channels to resume: as many as a connection may hold, the subscribed ones before one that is only joined. */
  toResume(): ResumedPosition[] {
    const rank = (channelUUID: string) => (this.held.get(channelUUID)!.subscribed ? 0 : 1);
    const wanted = this.positions().sort((a, b) => rank(a.channelUUID) - rank(b.channelUUID));
    return wanted
      .slice(0, LIMITS.subscriptionsPerConnection)
      .map((position) => ({ ...position, ...this.partnerIn(position.channelUUID) }));
  }

  /** What a request names the joined channel by. */
  targetOfJoined(): { readonly recipientUUID: string } | { readonly channelUUID: string } | undefined {
    if (this.joinedUUID === undefined) return undefined;
    return this.partnerIn(this.joinedUUID) ?? { channelUUID: this.joinedUUID };
  }

  /** Applies what a frame says about channels. `asked` is the request that it answers. */
  apply(frame: ServerFrame, asked?: RequestFrame): readonly Outcome[] {
    const entry = asked === undefined ? entryIn(frame) : undefined;
    if (entry !== undefined) return this.takeEntry(entry);
    switch (frame.type) {
      case 'channelMessages':
        return asked ? this.takePage(frame.channelMessages, asked) : [];
      case 'typing':
        return asked ? [] : this.takeTyping(frame.typing);
      case 'subscribed':
        return asked ? this.takeSubscribed(frame.subscribed, asked) : this.takeMoved(frame.subscribed);
      case 'unsubscribed':
        return asked ? this.takeUnsubscribed(frame.unsubscribed.channelUUID) : [];
      case 'channelJoin':
        return asked ? this.takeJoined(frame.channelJoin, asked) : [];
      case 'channelLeave':
        return asked ? this.takeLeft(asked) : [];
      case 'resumed':
        return frame.resumed.channels.flatMap((channel) => this.takeResumed(channel));
      case 'sys':
        return this.takeSys(frame.sys);
      default:
        return [];
    }
  }

  private takeSys(sys: ServerFrameOf<'sys'>['sys']): readonly Outcome[] {
    if (sys.type === 'channelEpoch') return this.takeEpoch(sys.channelEpoch);
    if (sys.type === 'channelRead') return this.takeRead(sys.channelRead);
    return [];
  }

  /** The server refuses to join the joined channel again. */
  joinRefused(): readonly Outcome[] {
    const channelUUID = this.joinedUUID;
    this.joinedUUID = undefined;
    const held = channelUUID === undefined ? undefined : this.held.get(channelUUID);
    return held === undefined || held.subscribed ? [] : this.refused(channelUUID!, held);
  }

  /** Channels that the server delivers although the application wants them no longer. */
  superfluous(): string[] {
    return [...this.subscribedThere].filter((channelUUID) => this.isSuperfluous(channelUUID));
  }

  isSuperfluous(channelUUID: string): boolean {
    return this.subscribedThere.has(channelUUID) && !this.held.has(channelUUID);
  }

  /** A new connection follows nothing yet. */
  connectionBegins(): void {
    this.subscribedThere.clear();
    this.joinedThere = undefined;
  }

  clear(): void {
    this.held.clear();
    this.joinedUUID = undefined;
    this.connectionBegins();
  }

  private takeEntry(entry: LogEntry): readonly Outcome[] {
    const { channelUUID, change, news } = entry;
    const held = this.held.get(channelUUID);
    if (held === undefined) return [];
    if (change !== undefined) this.pages.note(change);
    const outcomes = held.take(entry, this.reader());
    const isOut = news?.type === 'channelKick' && news.channelKick.userUUID === this.reader();
    return isOut && held.seq === entry.seq ? [...outcomes, ...this.kicked(channelUUID, held)] : outcomes;
  }

  private takeRead(read: ClientEvents['read']): readonly Outcome[] {
    const isNews = this.held.get(read.channelUUID)?.reads.take(read);
    return isNews ? [{ event: 'read', of: read }] : [];
  }

  /** The user's own connections get it as well. */
  private takeTyping(typing: ClientEvents['typing']): readonly Outcome[] {
    const isOther = typing.userUUID !== this.reader();
    return isOther && this.held.has(typing.channelUUID) ? [{ event: 'typing', of: typing }] : [];
  }

  private takePage(
    page: ServerFrameOf<'channelMessages'>['channelMessages'],
    asked: RequestFrame,
  ): readonly Outcome[] {
    const since = this.pages.since(asked);
    const part = partOf(page, asked);
    if (since !== undefined && part !== undefined) this.merge(page.channelUUID, part, since);
    return [];
  }

  private merge(channelUUID: string, part: Part, since: readonly ChangeFrame[]): void {
    this.held.get(channelUUID)?.merge(part, since, this.reader());
  }

  private takeSubscribed(
    head: ServerFrameOf<'subscribed'>['subscribed'],
    { subscribe }: RequestFrame,
  ): readonly Outcome[] {
    const { channelUUID } = head;
    const outcomes = this.hold(head, (subscribe as { recipientUUID?: string } | undefined)?.recipientUUID);
    this.subscribedThere.add(channelUUID);
    const held = this.held.get(channelUUID)!;
    held.subscribed = true;
    held.reads.begin(head.reads);
    return outcomes;
  }

  private takeUnsubscribed(channelUUID: string): readonly Outcome[] {
    this.subscribedThere.delete(channelUUID);
    const held = this.held.get(channelUUID);
    if (held !== undefined) held.subscribed = false;
    return this.dropUnlessWanted(channelUUID);
  }

  private takeJoined(
    head: ServerFrameOf<'channelJoin'>['channelJoin'],
    asked: RequestFrame,
  ): readonly Outcome[] {
    const { channelUUID, epoch, seq, recipientUUID } = head;
    const outcomes = this.hold({ channelUUID, epoch, seq }, recipientUUID);
    const earlier = this.joinedUUID;
    this.joinedUUID = channelUUID;
    this.joinedThere = channelUUID;
    if (earlier !== undefined) this.dropUnlessWanted(earlier);
    const part = partOf(head, asked);
    if (part !== undefined) this.merge(channelUUID, part, []);
    return outcomes;
  }

  private takeLeft({ channelLeave }: RequestFrame): readonly Outcome[] {
    const { channelUUID } = channelLeave as { channelUUID: string };
    if (this.joinedUUID !== channelUUID) return [];
    this.joinedUUID = undefined;
    this.joinedThere = undefined;
    return this.dropUnlessWanted(channelUUID);
  }

  private takeResumed(head: ServerFrameOf<'resumed'>['resumed']['channels'][number]): readonly Outcome[] {
    const { channelUUID, epoch, seq, recovered, reads } = head;
    const held = this.held.get(channelUUID);
    if (epoch === undefined || seq === undefined) return held ? this.refused(channelUUID, held) : [];
    this.subscribedThere.add(channelUUID);
    if (held === undefined) return [];
    // What is lost, nobody has read.
    if (!recovered) held.reads.clear();
    held.reads.begin(reads);
    if (!recovered) return held.moveTo({ epoch, seq });
    held.epoch = epoch;
    // What was missed came before this frame, so a client that is still short of `seq` has a hole.
    return held.seq < seq ? HOLE : [];
  }

  /**
   * The log has a new epoch, which is the same as the one that this client knows up to `from`. It is in the old one while it
   * has lost what is above `from` and nobody has written to it since.
   */
  private takeEpoch({
    channelUUID,
    epoch,
    from,
  }: {
    readonly channelUUID: string;
    readonly epoch: string;
    readonly from: number;
  }): readonly Outcome[] {
    const held = this.held.get(channelUUID);
    if (held === undefined) return [];
    if (held.seq > from) return held.moveTo({ epoch, seq: from });
    held.epoch = epoch;
    return [];
  }

  /** The server reports unasked that the frames continue after this head: the log has moved, or frames are no longer there. */
  private takeMoved(head: Position): readonly Outcome[] {
    const held = this.held.get(head.channelUUID);
    return held === undefined || held.isAt(head) ? [] : held.moveTo(head);
  }

  /** Holds a channel at the head in the answer to a join or subscription. One that is already held continues where it is. */
  private hold(head: Position, recipientUUID: string | undefined): readonly Outcome[] {
    const { channelUUID, epoch, seq } = head;
    const held = this.held.get(channelUUID);
    if (held === undefined) {
      this.held.set(channelUUID, new HeldChannel(head, recipientUUID || undefined, this.most));
      return [];
    }
    held.recipientUUID ||= recipientUUID || undefined;
    if (held.isAt(head)) return [];
    const isFollowed = this.subscribedThere.has(channelUUID) || this.joinedThere === channelUUID;
    if (!isFollowed) return held.moveTo(head);
    // A connection that follows the channel keeps its place in it: the frames up to the head are still to come.
    return held.epoch === epoch && held.seq < seq ? [] : HOLE;
  }

  /** The user is no member any more, and the server has ended what this connection followed. */
  private kicked(channelUUID: string, held: HeldChannel): readonly Outcome[] {
    this.subscribedThere.delete(channelUUID);
    if (this.joinedThere === channelUUID) this.joinedThere = undefined;
    return this.refused(channelUUID, held);
  }

  private refused(channelUUID: string, held: HeldChannel): readonly Outcome[] {
    this.held.delete(channelUUID);
    if (this.joinedUUID === channelUUID) this.joinedUUID = undefined;
    return [{ event: 'reload', of: { channelUUID, before: held.position } }];
  }

  private dropUnlessWanted(channelUUID: string): readonly Outcome[] {
    const held = this.held.get(channelUUID);
    if (held && !held.subscribed && this.joinedUUID !== channelUUID) this.held.delete(channelUUID);
    return [];
  }

  private partnerIn(channelUUID: string): { readonly recipientUUID: string } | undefined {
    const recipientUUID = this.held.get(channelUUID)?.recipientUUID;
    return recipientUUID === undefined ? undefined : { recipientUUID };
  }
}
