import { LIMITS, type Message, type ServerFrame } from '@parley/protocol';
import { type Ask, type Payload, payloadOf } from './answer.js';
import { ChannelNames, type Target } from './channel-names.js';
import { ChatError } from './chat-error.js';
import { Contacts } from './contacts.js';
import { Emitter } from './emitter.js';
import type { ClientEvents, ClientState, InboxPosition, Position } from './events.js';
import { Groups } from './groups.js';
import type { Outcome } from './held-channel.js';
import { HeldChannels } from './held-channels.js';
import { HeldInbox, type InboxOutcome } from './held-inbox.js';
import { Lifeline, type LifelineHooks } from './lifeline.js';
import { type ChatClientOptions, type Settings, settingsOf } from './options.js';
import { Outbox, type Wanted } from './outbox.js';
import { randomId } from './random-id.js';
import { TokenKeeper, type TokenSource } from './token-keeper.js';
import { TypingPace } from './typing-pace.js';
import type { RequestFrame, Wire } from './wire.js';

/** Who is signed in, and the key that signs them in again. */
export interface Session {
  readonly userUUID: string;
  readonly accessKey: string;
  /** When it ends unless its token is refreshed, if a token began it. */
  readonly expiresAt?: string | undefined;
}

/** Refusals that concern one channel, not the session. */
const NO_SUCH_CHANNEL: ReadonlySet<string> = new Set([
  'FORBIDDEN',
  'BLOCKED',
  'USER_NOT_FOUND',
  'CHANNEL_NOT_FOUND',
]);

const signInBy = async (tokens: TokenKeeper): Promise<RequestFrame> => ({
  type: 'signIn',
  signIn: { token: await tokens.next() },
});

/** The channel that an answer names. */
function channelIn(frame: ServerFrame): string | undefined {
  if (frame.type === 'ack') return frame.ack.ChannelUUID;
  return (frame as unknown as Record<string, { channelUUID?: string } | undefined>)[frame.type]?.channelUUID;
}

/**
 * A chat client that keeps its promises across lost connections. It reconnects with growing pauses, resumes every
 * held channel where it was, and repeats unanswered requests under the same id. It reports each message of a held
 * channel once, in order. If the server cannot supply what was missed, the client says so with `reload`, never
 * silently.
 *
 * Requests wait while there is no connection, and are repeated after transient errors. They reject with a ChatError
 * when repeating them would not help, and when the session ends. Posts to one channel, subscriptions of one channel, and joins
 * and leaves take effect in the order in which they were asked for: each is sent when the one before it is answered.
 *
 * What the client knows follows from the frames, in their order. No state changes in the continuation of a promise.
 *
 * This file is long because it is the whole public face of the library. The parts it is made of stand beside it.
 */
export class ChatClient {
  /** Group channels and their members. */
  readonly channels: Groups;
  /** Contacts, and blocked users. */
  readonly contacts: Contacts;
  private readonly settings: Settings;
  private readonly emitter = new Emitter<ClientEvents>();
  private readonly held: HeldChannels;
  private readonly heldInbox = new HeldInbox();
  private readonly typingPace = new TypingPace();
  private readonly names = new ChannelNames();
  private readonly outbox: Outbox;
  /** Channels whose subscription is about to end, because only a resume began it. */
  private readonly releasing = new Set<string>();
  /** The joined channel waits to be joined again. */
  private isJoinLater = false;
  /** The inbox waits to be opened again. */
  private isInboxLater = false;
  private lifeline: Lifeline | undefined;
  private tokens: TokenKeeper | undefined;
  private current: Session | undefined;
  private currentState: ClientState = 'offline';

  constructor(options: ChatClientOptions) {
    this.settings = settingsOf(options);
    const reader = () => this.current?.userUUID;
    this.held = new HeldChannels(this.settings.keptMessages, reader);
    this.outbox = new Outbox(this.settings, this.names);
    const ask: Ask = async (type, frame, how) => payloadOf(await this.answerTo({ frame, ...how }), type);
    this.channels = new Groups(ask, reader);
    this.contacts = new Contacts(ask);
  }

  get state(): ClientState {
    return this.currentState;
  }

  get session(): Session | undefined {
    return this.current;
  }

  /** The held channels, each with the last message that was reported. */
  get positions(): Position[] {
    return this.held.positions();
  }

  /** Where the client is in the inbox, if it follows that. */
  get inboxPosition(): InboxPosition | undefined {
    return this.heldInbox.at;
  }

  /**
   * The newest messages of a held channel as they are now, the oldest first: those that came, and those of the joins and pages that
   * adjoin them, after every edit, deletion and reaction. Another array each time that one of them has changed.
   */
  messages(target: Target = {}): readonly Message[] {
    return this.held.messagesOf(this.names.of(target));
  }

  /** The Seq up to which each member has read a held channel, by user. Empty for channels of more than 100 members. */
  reads(target: Target = {}): ReadonlyMap<string, number> {
    return this.held.readsOf(this.names.of(target));
  }

  /** The number of requests that wait for their answers. */
  get waiting(): number {
    return this.outbox.size;
  }

  /** @returns a function that removes the listener. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    return this.emitter.on(name, listener);
  }

  /** Creates a user. @throws ChatError USERNAME_TAKEN, or the error that kept the connection from opening. */
  signUp(username: string, password: string): Promise<Session> {
    return this.begin({ type: 'signUp', signUp: { username, password } });
  }

  /** Signs in. An unknown username is created. @throws ChatError WRONG_PASSWORD, RATE_LIMITED. */
  signIn(username: string, password: string): Promise<Session> {
    return this.begin({ type: 'signIn', signIn: { username, password } });
  }

  /** Signs in with the key of an earlier session. @throws ChatError SESSION_EXPIRED when that session has ended. */
  signInByKey(accessKey: string): Promise<Session> {
    return this.begin({ type: 'resume', resume: { accessKey, channels: [] } });
  }

  /**
   * Signs in with a token of the team's own identity provider. With `getToken`, the client asks for a fresh token before one expires,
   * and after a time without a connection; with `token` alone, it stops when that expires. A `getToken` that fails is asked again.
   * @throws ChatError WRONG_TOKEN, FORBIDDEN; UNAVAILABLE when `getToken` fails.
   */
  signInByToken(source: TokenSource): Promise<Session> {
    const tokens = new TokenKeeper(source, this.settings, (token) =>
      this.ask({ frame: { type: 'refresh', refresh: { token } }, isOwn: true }),
    );
    return this.begin(() => signInBy(tokens), tokens);
  }

  /** Ends the session everywhere, and the connection. Requests that still wait are rejected: await them first. */
  async signOut(): Promise<void> {
    await this.ask({ frame: { type: 'signOut' } }).catch((error: ChatError) => {
      // The answer was lost with its connection, and the next one found the session ended.
      if (error.name !== 'SESSION_EXPIRED') throw error;
    });
    this.close();
  }

  /** Follows a channel without appearing among its users. Resolves with the position that its messages follow. */
  async subscribe(target: Target = {}): Promise<Position> {
    const frame = { type: 'subscribe', subscribe: target };
    return payloadOf(await this.answerTo({ frame, lane: { kind: 'subscription', target } }), 'subscribed');
  }

  async unsubscribe(target: Target = {}): Promise<void> {
    const frame = { type: 'unsubscribe', unsubscribe: target };
    await this.ask({ frame, lane: { kind: 'subscription', target } });
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
    return payloadOf(await this.answerTo({ frame, lane: { kind: 'joined' } }), 'channelJoin');
  }

  /** Leaves the channel that is joined once the earlier joins are answered. Does nothing if there is none. */
  async leave(): Promise<void> {
    if (this.lifeline === undefined) return;
    const frame = () => {
      const channelUUID = this.held.joined;
      return channelUUID === undefined ? undefined : { type: 'channelLeave', channelLeave: { channelUUID } };
    };
    await this.ask({ frame, lane: { kind: 'joined' } });
  }

  /**
   * Stores a message and resolves when the server has acknowledged it. However often it has to be sent, it is stored
   * once, under `clientUUID` (1 to 64 characters, random by default). Messages of this client to one channel are stored in the
   * order of the calls: each is sent when the one before it is answered.
   */
  async post(
    target: Target,
    message: string,
    {
      clientUUID = randomId(),
      ...options
    }: {
      readonly clientUUID?: string;
      /** The `UUID` of the message that this one answers, in the same channel. */
      readonly replyTo?: string;
    } = {},
  ): Promise<Payload<'ack'>> {
    const channelMessage = { ...target, message, clientUUID, ...options };
    const frame = { type: 'channelMessage', channelMessage };
    return payloadOf(await this.answerTo({ frame, lane: { kind: 'posts', target } }), 'ack');
  }

  /**
   * A page of a channel's history, oldest first. `before` and `after` are exclusive Seqs; with neither, the newest
   * page.
   */
  async history(
    target: Target = {},
    options: {
      readonly before?: number;
      readonly after?: number;
      readonly offset?: number;
      readonly limit?: number;
    } = {},
  ): Promise<Payload<'channelMessages'>> {
    const channelMessages = { limit: LIMITS.messagesPerPage, ...target, ...options };
    const frame = { type: 'channelMessages', channelMessages };
    this.held.pages.begin(frame);
    try {
      return payloadOf(await this.answerTo({ frame }), 'channelMessages');
    } finally {
      this.held.pages.end(frame);
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
    return payloadOf(await this.answerTo({ frame }), 'channelRead');
  }

  /** Says that the user is writing: at each key press, if you like. It is sent once in 3 s for a channel, and never kept. */
  typing(target: Target = {}): void {
    if (this.typingPace.allows(this.names.of(target))) this.outbox.tell({ type: 'typing', typing: target });
  }

  /**
   * Follows everything that concerns the user in any channel. The answer says how much is unread. Called again, it says that as of
   * now, and misses nothing.
   */
  async inbox(): Promise<Payload<'inbox'>> {
    const frame = () => ({ type: 'inbox', inbox: this.heldInbox.at ?? {} });
    return payloadOf((await this.ask({ frame, lane: { kind: 'inbox' } }))!, 'inbox');
  }

  /** A page of all users. */
  async users(
    options: { readonly offset?: number; readonly limit?: number } = {},
  ): Promise<Payload<'users'>> {
    return payloadOf(await this.answerTo({ frame: { type: 'users', users: options } }), 'users');
  }

  /**
   * Changes the password. Every other session of the user ends, and their clients stop.
   * @returns how many ended.
   * @throws ChatError WRONG_PASSWORD, RATE_LIMITED.
   */
  async changePassword(oldPassword: string, newPassword: string): Promise<number> {
    const frame = { type: 'passwordChange', passwordChange: { old: oldPassword, new: newPassword } };
    return payloadOf(await this.answerTo({ frame }), 'passwordChange').ended;
  }

  /** The user's sessions, those used last first. `current` marks the one of this client. */
  async sessions(): Promise<Payload<'sessions'>> {
    return payloadOf(await this.answerTo({ frame: { type: 'sessions' } }), 'sessions');
  }

  /**
   * Ends sessions of the user: `'all'`, or those with these UUIDs. If this client's own session is among them, the client stops.
   * @returns how many ended.
   */
  async endSessions(which: 'all' | readonly string[]): Promise<number> {
    const sessionsEnd = which === 'all' ? { all: true } : { sessionUUIDs: which };
    return payloadOf(await this.answerTo({ frame: { type: 'sessionsEnd', sessionsEnd } }), 'sessionsEnd')
      .ended;
  }

  /**
   * Deletes the user's account for good, and closes the client.
   * @param proof the password; for a user of an identity provider, a token that was issued in the last 10 minutes.
   * @throws ChatError WRONG_PASSWORD, WRONG_TOKEN, RATE_LIMITED, FORBIDDEN.
   */
  async deleteAccount(proof: string | { readonly token: string }): Promise<void> {
    const accountDelete = typeof proof === 'string' ? { password: proof } : proof;
    await this.ask({ frame: { type: 'accountDelete', accountDelete } });
    this.close();
  }

  /** Closes the connection and forgets the session. Waiting requests are rejected. No timer is left. */
  close(): void {
    this.stop(ChatError.of('NOT_SIGNED_IN', 'The client was closed.'));
  }

  private async change<T extends 'messageEdit' | 'messageDelete' | 'reaction'>(
    type: T,
    payload: Target & { readonly [field: string]: unknown },
  ): Promise<Payload<T>> {
    const { recipientUUID, channelUUID } = payload;
    const target = { ...(recipientUUID && { recipientUUID }), ...(channelUUID && { channelUUID }) };
    const frame = { type, [type]: payload };
    return payloadOf(await this.answerTo({ frame, lane: { kind: 'changes', target } }), type);
  }

  private async begin(
    signIn: RequestFrame | (() => Promise<RequestFrame>),
    tokens?: TokenKeeper,
  ): Promise<Session> {
    if (this.lifeline !== undefined) throw new Error('already signed in: sign out or close first');
    this.tokens = tokens;
    const lifeline = new Lifeline(this.settings, this.hooks());
    this.lifeline = lifeline;
    this.report({ state: 'connecting' });
    try {
      await lifeline.start(signIn);
    } catch (error) {
      if (this.lifeline === lifeline) this.stop(error as ChatError);
      throw error;
    }
    if (this.lifeline !== lifeline || this.current === undefined)
      throw ChatError.of('NOT_SIGNED_IN', 'The client was closed.');
    return this.current;
  }

  private hooks(): LifelineHooks {
    return {
      isRenewable: this.tokens?.isRenewable ?? false,
      receive: (frame, asked) => this.receive(frame, asked),
      resume: (wire) => this.resume(wire),
      online: (wire) => {
        this.report({ state: 'online' });
        this.outbox.attach(wire);
      },
      lost: ({ code }) => {
        this.outbox.detach();
        this.report({ state: 'connecting', code });
      },
      stopped: (error) => this.stop(error),
    };
  }

  /** Signs in again, gets what was missed, and rejoins the joined channel, because a resume only subscribes. */
  private async resume(wire: Wire): Promise<void> {
    this.held.connectionBegins();
    this.heldInbox.connectionBegins();
    try {
      await this.resumeHeld(wire);
    } catch (error) {
      if ((error as ChatError).name !== 'SESSION_EXPIRED' || !this.tokens?.isRenewable) throw error;
      await this.signInAgain(wire, this.tokens);
      await this.resumeHeld(wire);
    }
    this.openInboxLater();
    const joined = this.held.targetOfJoined();
    if (joined === undefined) return;
    try {
      await wire.request({ type: 'channelJoin', channelJoin: { ...joined, limit: 1 } });
    } catch (error) {
      const { name, retryable } = error as ChatError;
      if (NO_SUCH_CHANNEL.has(name)) this.follow(this.held.joinRefused());
      else if (retryable && !wire.isOver) this.joinLater();
      else throw error;
    }
  }

  private resumeHeld(wire: Wire): Promise<ServerFrame> {
    const resume = { accessKey: this.current!.accessKey, channels: this.held.toResume() };
    return wire.request({ type: 'resume', resume });
  }

  /** Begins another session of the same user with a fresh token. */
  private async signInAgain(wire: Wire, tokens: TokenKeeper): Promise<void> {
    const { userUUID } = this.current!;
    await wire.request(await signInBy(tokens));
    if (this.current?.userUUID !== userUUID)
      throw ChatError.of('NOT_SIGNED_IN', 'The fresh token is of another user.');
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
    this.ask({ frame, lane: { kind: 'joined' }, isOwn: true })
      .catch(({ name }: ChatError) => {
        if (NO_SUCH_CHANNEL.has(name) && asked === this.held.joined) this.follow(this.held.joinRefused());
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
    this.ask({ frame, lane: { kind: 'inbox' }, isOwn: true })
      .catch(() => undefined) // the session has ended
      .finally(() => {
        this.isInboxLater = false;
      });
  }

  private ask(wanted: Wanted): Promise<ServerFrame | undefined> {
    if (this.lifeline === undefined) return Promise.reject(ChatError.of('NOT_SIGNED_IN'));
    return this.outbox.ask(wanted);
  }

  /** As `ask`, for a request that is sent in any case. */
  private async answerTo(wanted: Wanted & { readonly frame: RequestFrame }): Promise<ServerFrame> {
    return (await this.ask(wanted))!;
  }

  private receive(frame: ServerFrame, asked?: RequestFrame): void {
    const { lifeline } = this;
    if (asked !== undefined) this.learn(frame, asked);
    this.emitter.emit('frame', frame);
    if (this.lifeline !== lifeline) return; // closed by a listener
    this.follow(this.held.apply(frame, asked));
    if (this.lifeline !== lifeline) return;
    this.follow(this.heldInbox.apply(frame));
    if (frame.type === 'sys') this.emitter.emit('sys', frame);
    // Sent unasked, it says that the session was ended on another connection.
    if (frame.type === 'signOut' && asked === undefined) this.stop(ChatError.of('SESSION_EXPIRED'));
    if (asked !== undefined) this.releaseSuperfluous();
  }

  /** Notes what an answer says about the session, and about the channel that the request means. */
  private learn(frame: ServerFrame, asked: RequestFrame): void {
    if (frame.type === 'authorized') this.begun(frame.authorized);
    if (frame.type === 'refresh' && this.current !== undefined)
      this.begun({ ...this.current, expiresAt: frame.refresh.expiresAt });
    if (frame.type === 'resumed') {
      const { accessKey } = asked['resume'] as { accessKey: string };
      const { userUUID } = frame.resumed;
      this.current = accessKey === this.current?.accessKey ? this.current : { userUUID, accessKey };
    }
    const channelUUID = channelIn(frame);
    if (channelUUID !== undefined) this.names.learn(asked[asked.type] as Target, channelUUID);
  }

  private begun(session: Session): void {
    this.current = session;
    this.tokens?.expiresAt(session.expiresAt);
  }

  private follow(outcomes: readonly (Outcome | InboxOutcome)[]): void {
    const { lifeline } = this;
    for (const outcome of outcomes) {
      if (this.lifeline !== lifeline) return; // closed by a listener
      if (outcome.event === 'hole') this.lifeline?.renew('messages are missing');
      else this.emitter.emit(outcome.event, outcome.of);
    }
  }

  /**
   * A resume also subscribes to a channel that was only joined. After leaving it, the server must drop that subscription
   * too, unless the channel is wanted again when the turn of this request has come.
   */
  private releaseSuperfluous(): void {
    for (const channelUUID of this.held.superfluous()) {
      if (this.releasing.has(channelUUID)) continue;
      this.releasing.add(channelUUID);
      const unsubscribe = { channelUUID };
      const frame = () =>
        this.held.isSuperfluous(channelUUID) ? { type: 'unsubscribe', unsubscribe } : undefined;
      const lane = { kind: 'subscription', target: unsubscribe } as const;
      this.ask({ frame, lane, isOwn: true })
        .catch(() => undefined) // the session has ended, and the subscription with it
        .finally(() => this.releasing.delete(channelUUID));
    }
  }

  private stop(error: ChatError): void {
    if (this.lifeline === undefined) return;
    this.lifeline.end();
    this.lifeline = undefined;
    this.tokens?.stop();
    this.tokens = undefined;
    this.current = undefined;
    this.held.clear();
    this.heldInbox.clear();
    this.typingPace.clear();
    this.names.clear();
    this.outbox.fail(error);
    this.report({ state: 'offline', error });
  }

  private report(event: ClientEvents['state']): void {
    this.currentState = event.state;
    this.emitter.emit('state', event);
  }
}
