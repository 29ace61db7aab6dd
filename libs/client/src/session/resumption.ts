import type { ServerFrame } from '@parley/protocol';
import type { ChatError } from '../chat-error.js';
import type { Outcome } from '../held/held-channel.js';
import type { HeldChannels } from '../held/held-channels.js';
import type { HeldInbox } from '../held/held-inbox.js';
import type { Wanted } from '../requests/outbox.js';
import type { Wire } from '../wire/wire.js';

/** Refusals that concern one channel, not the session. */
const NO_SUCH_CHANNEL: ReadonlySet<string> = new Set([
  'FORBIDDEN',
  'BLOCKED',
  'USER_NOT_FOUND',
  'CHANNEL_NOT_FOUND',
]);

/** What a resumption needs of its session. */
export interface ResumptionHooks {
  /** Sends a request of the client's own as often as it takes. */
  ask(wanted: Omit<Wanted, 'isOwn'>): Promise<ServerFrame | undefined>;
  /** Reports what a refusal means for the held channels. */
  follow(outcomes: readonly Outcome[]): void;
}

/** Takes up on a new connection what the one before was following, and drops what only that has begun. */
export class Resumption {
  /** Channels whose subscription is about to end, because only a resume began it. */
  private readonly releasing = new Set<string>();
  /** The joined channel waits to be joined again. */
  private isJoinLater = false;
  /** The inbox waits to be opened again. */
  private isInboxLater = false;

  constructor(
    private readonly held: HeldChannels,
    private readonly heldInbox: HeldInbox,
    private readonly hooks: ResumptionHooks,
  ) {}

  /** A new connection follows nothing yet. */
  begin(): void {
    this.held.connectionBegins();
    this.heldInbox.connectionBegins();
  }

  /** Signs in, and gets what the held channels have missed. @throws ChatError SESSION_EXPIRED. */
  async resume(wire: Wire, accessKey: string): Promise<void> {
    await wire.request({ type: 'resume', resume: { accessKey, channels: this.held.toResume() } });
  }

  /** Opens the inbox again, and rejoins the joined channel, because a resume only subscribes. */
  async takeUp(wire: Wire): Promise<void> {
    this.openInboxLater();
    const joined = this.held.targetOfJoined();
    if (joined === undefined) return;
    try {
      await wire.request({ type: 'channelJoin', channelJoin: { ...joined, limit: 1 } });
    } catch (error) {
      const { name, retryable } = error as ChatError;
      if (NO_SUCH_CHANNEL.has(name)) this.hooks.follow(this.held.joinRefused());
      else if (retryable && !wire.isOver) this.joinLater();
      else throw error;
    }
  }

  /**
   * A resume also subscribes to a channel that was only joined. After leaving it, the server must drop that subscription
   * too, unless the channel is wanted again when the turn of this request has come.
   */
  releaseSuperfluous(): void {
    for (const channelUUID of this.held.superfluous()) {
      if (this.releasing.has(channelUUID)) continue;
      this.releasing.add(channelUUID);
      const unsubscribe = { channelUUID };
      const frame = () =>
        this.held.isSuperfluous(channelUUID) ? { type: 'unsubscribe', unsubscribe } : undefined;
      this.hooks
        .ask({ frame, lane: { kind: 'subscription', target: unsubscribe } })
        .catch(() => undefined) // the session has ended, and the subscription with it
        .finally(() => this.releasing.delete(channelUUID));
    }
  }

  /**
   * Joins the joined channel again as soon as the server lets it. Its frames come meanwhile, because the resume has subscribed
   * to it: after it has supplied a lot, a server may refuse for some time what reads, and another connection would change nothing.
   */
  private joinLater(): void {
    if (this.isJoinLater) return;
    this.isJoinLater = true;
    let asked: string | undefined;
    const frame = () => {
      asked = this.held.joined;
      if (this.held.isJoinedThere) return undefined;
      return { type: 'channelJoin', channelJoin: { ...this.held.targetOfJoined(), limit: 1 } };
    };
    this.hooks
      .ask({ frame, lane: { kind: 'joined' } })
      .catch(({ name }: ChatError) => {
        if (NO_SUCH_CHANNEL.has(name) && asked === this.held.joined)
          this.hooks.follow(this.held.joinRefused());
      })
      .finally(() => {
        this.isJoinLater = false;
      });
  }

  /** Follows the inbox on a new connection, from where the one before ended. */
  private openInboxLater(): void {
    if (!this.heldInbox.isToOpen || this.isInboxLater) return;
    this.isInboxLater = true;
    const frame = () => (this.heldInbox.isToOpen ? { type: 'inbox', inbox: this.heldInbox.at } : undefined);
    this.hooks
      .ask({ frame, lane: { kind: 'inbox' } })
      .catch(() => undefined) // the session has ended
      .finally(() => {
        this.isInboxLater = false;
      });
  }
}
