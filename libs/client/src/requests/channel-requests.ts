import { LIMITS } from '@parley/protocol/constants';
import type { Position } from '../events.js';
import type { SessionKeeper } from '../session/session-keeper.js';
import { type Payload, payloadOf } from './answer.js';
import type { Target } from './channel-names.js';
import { randomId } from './random-id.js';
import { TypingPace } from './typing-pace.js';

/** What is sent with a message. */
export interface PostOptions {
  /** 1 to 64 characters, random by default. However often it is sent, a message is stored once under it. */
  readonly clientUUID?: string;
  /** The `UUID` of the message that this one answers, in the same channel. */
  readonly replyTo?: string;
}

/** Which page of a history: `before` and `after` are exclusive Seqs. */
export interface HistoryOptions {
  readonly before?: number;
  readonly after?: number;
  readonly offset?: number;
  readonly limit?: number;
}

/** The requests about channels and their messages. {@link ChatClient} says what holds for all of them. */
export class ChannelRequests {
  private readonly typingPace = new TypingPace();

  constructor(protected readonly keeper: SessionKeeper) {
    keeper.emitter.on('state', ({ state }) => {
      if (state === 'offline') this.typingPace.clear();
    });
  }

  /** Follows a channel without appearing among its users. Resolves with the position that its messages follow. */
  async subscribe(target: Target = {}): Promise<Position> {
    const frame = { type: 'subscribe', subscribe: target };
    const answer = await this.keeper.ask({ frame, lane: { kind: 'subscription', target } });
    return payloadOf(answer!, 'subscribed');
  }

  async unsubscribe(target: Target = {}): Promise<void> {
    const frame = { type: 'unsubscribe', unsubscribe: target };
    await this.keeper.ask({ frame, lane: { kind: 'subscription', target } });
  }

  /**
   * Joins a channel and leaves the one joined before. The answer holds the newest `limit` messages (1 to 100, default
   * 10).
   */
  async join(
    target: Target = {},
    options: { readonly limit?: number; readonly order?: 'asc' | 'desc' } = {},
  ): Promise<Payload<'channelJoin'>> {
    const frame = { type: 'channelJoin', channelJoin: { ...target, ...options } };
    return payloadOf((await this.keeper.ask({ frame, lane: { kind: 'joined' } }))!, 'channelJoin');
  }

  /** Leaves the channel that is joined once the earlier joins are answered. Does nothing if there is none. */
  async leave(): Promise<void> {
    if (!this.keeper.isKept) return;
    const frame = () => {
      const channelUUID = this.keeper.held.joined;
      return channelUUID === undefined ? undefined : { type: 'channelLeave', channelLeave: { channelUUID } };
    };
    await this.keeper.ask({ frame, lane: { kind: 'joined' } });
  }

  /**
   * Stores a message and resolves when the server has acknowledged it. However often it has to be sent, it is stored
   * once, under `clientUUID`. Messages of this client to one channel are stored in the order of the calls: each is sent when the one
   * before it is answered.
   */
  async post(
    target: Target,
    message: string,
    { clientUUID = randomId(), ...options }: PostOptions = {},
  ): Promise<Payload<'ack'>> {
    const channelMessage = { ...target, message, clientUUID, ...options };
    const frame = { type: 'channelMessage', channelMessage };
    return payloadOf((await this.keeper.ask({ frame, lane: { kind: 'posts', target } }))!, 'ack');
  }

  /**
   * A page of a channel's history, oldest first. `before` and `after` are exclusive Seqs; with neither, the newest
   * page.
   */
  async history(target: Target = {}, options: HistoryOptions = {}): Promise<Payload<'channelMessages'>> {
    const channelMessages = { limit: LIMITS.messagesPerPage, ...target, ...options };
    const frame = { type: 'channelMessages', channelMessages };
    const { pages } = this.keeper.held;
    pages.begin(frame);
    try {
      return payloadOf((await this.keeper.ask({ frame }))!, 'channelMessages');
    } finally {
      pages.end(frame);
    }
  }

  /** Replaces the text of an own message. @throws ChatError MESSAGE_NOT_FOUND, FORBIDDEN, MESSAGE_TOO_LONG. */
  edit(target: Target, UUID: string, message: string): Promise<Payload<'messageEdit'>> {
    return this.change('messageEdit', { ...target, UUID, message });
  }

  /** Deletes a message for good: an own one, or, for moderators, any. @throws ChatError MESSAGE_NOT_FOUND, FORBIDDEN. */
  delete(target: Target, UUID: string): Promise<Payload<'messageDelete'>> {
    return this.change('messageDelete', { ...target, UUID });
  }

  /** Reacts to a message, once of each kind. @throws ChatError MESSAGE_NOT_FOUND, LIMIT_REACHED for too many kinds. */
  react(target: Target, UUID: string, reaction: string): Promise<Payload<'reaction'>> {
    return this.change('reaction', { ...target, UUID, reaction });
  }

  /** Takes an own reaction back. */
  unreact(target: Target, UUID: string, reaction: string): Promise<Payload<'reaction'>> {
    return this.change('reaction', { ...target, UUID, reaction, remove: true });
  }

  /** Marks a channel read up to a Seq, for all devices of the user. The answer has the position after it, which never goes back. */
  async markRead(target: Target, seq: number): Promise<Payload<'channelRead'>> {
    const frame = { type: 'channelRead', channelRead: { ...target, seq } };
    return payloadOf((await this.keeper.ask({ frame }))!, 'channelRead');
  }

  /** Says that the user is writing: at each key press, if you like. It is sent once in 3 s for a channel, and never kept. */
  typing(target: Target = {}): void {
    const { names, outbox } = this.keeper;
    if (this.typingPace.allows(names.of(target))) outbox.tell({ type: 'typing', typing: target });
  }

  private async change<T extends 'messageEdit' | 'messageDelete' | 'reaction'>(
    type: T,
    payload: Target & { readonly [field: string]: unknown },
  ): Promise<Payload<T>> {
    const { recipientUUID, channelUUID } = payload;
    const target = { ...(recipientUUID && { recipientUUID }), ...(channelUUID && { channelUUID }) };
    const frame = { type, [type]: payload };
    return payloadOf((await this.keeper.ask({ frame, lane: { kind: 'changes', target } }))!, type);
  }
}
