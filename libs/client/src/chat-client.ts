import { LIMITS, type ServerFrame, type ServerFrameOf, type ServerFrameType } from '@parley/protocol';
import { ChatError } from './chat-error.js';
import { Emitter } from './emitter.js';
import type { ClientEvents, ClientState, Position } from './events.js';
import { HeldChannels, type Outcome } from './held-channels.js';
import { Lifeline, type LifelineHooks } from './lifeline.js';
import { type ChatClientOptions, type Settings, settingsOf } from './options.js';
import { Outbox } from './outbox.js';
import { randomId } from './random-id.js';
import type { RequestFrame, Wire } from './wire.js';

/** Names a channel: the private one with a user, or any channel by its id. With neither, the general channel. */
export interface Target {
  readonly recipientUUID?: string;
  readonly channelUUID?: string;
}

/** Who is signed in, and the key that signs them in again. */
export interface Session {
  readonly userUUID: string;
  readonly accessKey: string;
}

type Payload<T extends ServerFrameType> = ServerFrameOf<T>[T];

/** The payload of an answer. The request determines the type. */
const payloadOf = <T extends ServerFrameType>(answer: ServerFrame, type: T): Payload<T> =>
  (answer as unknown as ServerFrameOf<T>)[type];

/**
 * A chat client that keeps its promises across lost connections. It reconnects with growing pauses, resumes every
 * held channel where it was, and repeats unanswered requests under the same id. It reports each message of a held
 * channel once, in order. If the server cannot supply what was missed, the client says so with `reload`, never
 * silently.
 *
 * Requests wait while there is no connection, and are repeated after transient errors. They reject with a ChatError
 * when repeating them would not help, and when the session ends.
 *
 * This file is long because it is the whole public face of the library. The parts it is made of stand beside it.
 */
export class ChatClient {
  private readonly settings: Settings;
  private readonly emitter = new Emitter<ClientEvents>();
  private readonly held = new HeldChannels();
  private readonly outbox: Outbox;
  private lifeline: Lifeline | undefined;
  private current: Session | undefined;
  private currentState: ClientState = 'offline';

  constructor(options: ChatClientOptions) {
    this.settings = settingsOf(options);
    this.outbox = new Outbox(this.settings);
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
    return this.begin((wire) => this.authorize(wire, 'signUp', { username, password }));
  }

  /** Signs in. An unknown username is created. @throws ChatError WRONG_PASSWORD, RATE_LIMITED. */
  signIn(username: string, password: string): Promise<Session> {
    return this.begin((wire) => this.authorize(wire, 'signIn', { username, password }));
  }

  /** Signs in with the key of an earlier session. @throws ChatError SESSION_EXPIRED when that session has ended. */
  signInByKey(accessKey: string): Promise<Session> {
    return this.begin(async (wire) => {
      const answer = await wire.ask({ type: 'resume', resume: { accessKey, channels: [] } });
      return { userUUID: payloadOf(answer, 'resumed').userUUID, accessKey };
    });
  }

  /** Ends the session everywhere, and the connection. */
  async signOut(): Promise<void> {
    await this.ask({ type: 'signOut' });
    this.close();
  }

  /** Follows a channel without appearing among its users. Resolves with the position that its messages follow. */
  async subscribe(target: Target = {}): Promise<Position> {
    return payloadOf(await this.ask({ type: 'subscribe', subscribe: target }), 'subscribed');
  }

  async unsubscribe(target: Target = {}): Promise<void> {
    const answer = await this.ask({ type: 'unsubscribe', unsubscribe: target });
    this.held.unsubscribed(payloadOf(answer, 'unsubscribed').channelUUID);
  }

  /**
   * Joins a channel and leaves the one joined before. The answer holds the newest `limit` messages (1 to 100, default
   * 10).
   */
  async join(
    target: Target = {},
    options: { readonly limit?: number; readonly order?: 'asc' | 'desc' } = {},
  ): Promise<Payload<'channelJoin'>> {
    const earlier = this.held.joined?.channelUUID;
    const answer = await this.ask({ type: 'channelJoin', channelJoin: { ...target, ...options } });
    if (earlier !== undefined) this.release(earlier);
    return payloadOf(answer, 'channelJoin');
  }

  /** Leaves the joined channel. Does nothing if there is none. */
  async leave(): Promise<void> {
    const { joined } = this.held;
    if (joined === undefined) return;
    const { channelUUID } = joined;
    await this.ask({ type: 'channelLeave', channelLeave: { channelUUID } });
    this.held.left(channelUUID);
    this.release(channelUUID);
  }

  /**
   * Stores a message and resolves when the server has acknowledged it. However often it has to be sent, it is stored
   * once, under `clientUUID` (1 to 64 characters, random by default).
   */
  async post(
    target: Target,
    message: string,
    { clientUUID = randomId() }: { readonly clientUUID?: string } = {},
  ): Promise<Payload<'ack'>> {
    const channelMessage = { ...target, message, clientUUID };
    return payloadOf(await this.ask({ type: 'channelMessage', channelMessage }), 'ack');
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
    return payloadOf(await this.ask({ type: 'channelMessages', channelMessages }), 'channelMessages');
  }

  /** A page of all users. */
  async users(
    options: { readonly offset?: number; readonly limit?: number } = {},
  ): Promise<Payload<'users'>> {
    return payloadOf(await this.ask({ type: 'users', users: options }), 'users');
  }

  /** Closes the connection and forgets the session. Waiting requests are rejected. No timer is left. */
  close(): void {
    this.stop(ChatError.of('NOT_SIGNED_IN', 'The client was closed.'));
  }

  private async begin(signIn: (wire: Wire) => Promise<Session>): Promise<Session> {
    if (this.lifeline !== undefined) throw new Error('already signed in: sign out or close first');
    const lifeline = new Lifeline(this.settings, this.hooks());
    this.lifeline = lifeline;
    this.report({ state: 'connecting' });
    try {
      await lifeline.start(async (wire) => {
        this.current = await signIn(wire);
      });
    } catch (error) {
      if (this.lifeline === lifeline) this.stop(error as ChatError);
      throw error;
    }
    if (this.current === undefined) throw ChatError.of('NOT_SIGNED_IN', 'The client was closed.');
    return this.current;
  }

  private async authorize(wire: Wire, type: string, credentials: object): Promise<Session> {
    return payloadOf(await wire.ask({ type, [type]: credentials }), 'authorized');
  }

  private hooks(): LifelineHooks {
    return {
      receive: (frame) => this.receive(frame),
      resume: (wire) => this.resume(wire),
      online: (wire) => {
        this.report({ state: 'online' });
        this.outbox.attach(wire);
      },
      lost: ({ code }) => {
        this.outbox.detach();
        this.held.connectionLost();
        this.report({ state: 'connecting', code });
      },
      stopped: (error) => this.stop(error),
    };
  }

  /** Signs in again, gets what was missed, and rejoins the joined channel, because a resume only subscribes. */
  private async resume(wire: Wire): Promise<void> {
    const channels = this.held.toResume();
    const resume = { accessKey: this.current!.accessKey, channels };
    await wire.ask({ type: 'resume', resume });
    const { joined } = this.held;
    if (joined === undefined) return;
    const channelJoin = { channelUUID: joined.channelUUID, limit: 1 };
    await wire.ask({ type: 'channelJoin', channelJoin });
  }

  private ask(frame: RequestFrame): Promise<ServerFrame> {
    if (this.lifeline === undefined) return Promise.reject(ChatError.of('NOT_SIGNED_IN'));
    return this.outbox.ask(frame);
  }

  private receive(frame: ServerFrame): void {
    this.emitter.emit('frame', frame);
    for (const outcome of this.held.apply(frame)) this.follow(outcome);
    if (frame.type === 'sys') this.emitter.emit('sys', frame);
    // Sent unasked, it says that the session was ended on another connection.
    if (frame.type === 'signOut' && frame.id === undefined) this.stop(ChatError.of('SESSION_EXPIRED'));
  }

  private follow(outcome: Outcome): void {
    if (outcome.event === 'hole') this.lifeline?.renew('messages are missing');
    else if (outcome.event === 'message') this.emitter.emit('message', outcome.of);
    else this.emitter.emit('reload', outcome.of);
  }

  /**
   * A resume also subscribes to a channel that was only joined. After leaving it, the server must drop that
   * subscription too.
   */
  private release(channelUUID: string): void {
    if (!this.held.isSuperfluous(channelUUID)) return;
    this.unsubscribe({ channelUUID }).catch(() => undefined); // the session has ended, and the subscription with it
  }

  private stop(error: ChatError): void {
    if (this.lifeline === undefined) return;
    this.lifeline.end();
    this.lifeline = undefined;
    this.current = undefined;
    this.held.clear();
    this.outbox.fail(error);
    this.report({ state: 'offline', error });
  }

  private report(event: ClientEvents['state']): void {
    this.currentState = event.state;
    this.emitter.emit('state', event);
  }
}
