import type { ServerFrame, ServerFrameOf } from '@parley/protocol';
import { ChatError } from '../chat-error.js';
import { Emitter } from '../emitter.js';
import type { ClientEvents, ClientState } from '../events.js';
import type { Outcome } from '../held/held-channel.js';
import { HeldChannels } from '../held/held-channels.js';
import { HeldInbox, type InboxOutcome } from '../held/held-inbox.js';
import type { Settings } from '../options.js';
import { ChannelNames, type Target } from '../requests/channel-names.js';
import { Outbox, type Wanted } from '../requests/outbox.js';
import { Lifeline, type LifelineHooks } from '../wire/lifeline.js';
import type { RequestFrame, Wire } from '../wire/wire.js';
import { Resumption } from './resumption.js';
import { type Session, type SignIn, signInBy } from './session.js';
import type { TokenKeeper } from './token-keeper.js';

/** The channel that an answer names. */
function channelIn(frame: ServerFrame): string | undefined {
  if (frame.type === 'ack') return frame.ack.ChannelUUID;
  return (frame as unknown as Record<string, { channelUUID?: string } | undefined>)[frame.type]?.channelUUID;
}

/**
 * Keeps a session, from its sign-in to its end, over all its connections. What it knows follows from the frames, in their order. No
 * state changes in the continuation of a promise.
 */
export class SessionKeeper {
  readonly emitter = new Emitter<ClientEvents>();
  readonly names = new ChannelNames();
  readonly held: HeldChannels;
  readonly heldInbox = new HeldInbox();
  readonly outbox: Outbox;
  /** Who is signed in. */
  current: Session | undefined;
  state: ClientState = 'offline';
  /** The name of who is signed in, once a frame has said it. */
  username: string | undefined;
  /** When the next attempt to connect is made, in ms as `Date.now()` counts. */
  reconnectAt: number | undefined;
  private readonly resumption: Resumption;
  private lifeline: Lifeline | undefined;
  private tokens: TokenKeeper | undefined;

  constructor(private readonly settings: Settings) {
    this.held = new HeldChannels(settings.keptMessages, () => this.current?.userUUID);
    this.outbox = new Outbox(settings, this.names);
    this.resumption = new Resumption(this.held, this.heldInbox, {
      ask: (wanted) => this.ask({ ...wanted, isOwn: true }),
      follow: (outcomes) => this.follow(outcomes),
    });
  }

  /** Whether a session is kept, or being begun. */
  get isKept(): boolean {
    return this.lifeline !== undefined;
  }

  /** Whether nothing can be reached, because the device has no network. */
  get isNetworkDown(): boolean {
    return this.lifeline?.isNetworkDown ?? false;
  }

  /** Makes the next attempt to connect at once. */
  reconnectNow(): void {
    this.lifeline?.hurry();
  }

  /** @throws ChatError of the sign-in, or the error that kept the connection from opening. */
  async begin(signIn: SignIn, tokens?: TokenKeeper): Promise<Session> {
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

  /** As `Outbox.ask`. @throws ChatError NOT_SIGNED_IN without a session. */
  ask(wanted: Wanted): Promise<ServerFrame | undefined> {
    if (this.lifeline === undefined) return Promise.reject(ChatError.of('NOT_SIGNED_IN'));
    return this.outbox.ask(wanted);
  }

  /** Ends the connection, forgets the session, and rejects what waits. No timer is left. */
  stop(error: ChatError): void {
    if (this.lifeline === undefined) return;
    this.lifeline.end();
    this.lifeline = undefined;
    this.tokens?.stop();
    this.tokens = undefined;
    this.current = undefined;
    this.username = undefined;
    this.held.clear();
    this.heldInbox.clear();
    this.names.clear();
    this.outbox.fail(error);
    this.report({ state: 'offline', error });
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
      waits: (at) => {
        this.reconnectAt = at;
        this.emitter.emit('reconnect', { at });
      },
      stopped: (error) => this.stop(error),
    };
  }

  /** Signs in again, gets what was missed, and takes up the rest. */
  private async resume(wire: Wire): Promise<void> {
    this.resumption.begin();
    try {
      await this.resumption.resume(wire, this.current!.accessKey);
    } catch (error) {
      if ((error as ChatError).name !== 'SESSION_EXPIRED' || !this.tokens?.isRenewable) throw error;
      await this.signInAgain(wire, this.tokens);
      await this.resumption.resume(wire, this.current!.accessKey);
    }
    await this.resumption.takeUp(wire);
  }

  /** Begins another session of the same user with a fresh token. */
  private async signInAgain(wire: Wire, tokens: TokenKeeper): Promise<void> {
    const { userUUID } = this.current!;
    await wire.request(await signInBy(tokens));
    if (this.current?.userUUID !== userUUID)
      throw ChatError.of('NOT_SIGNED_IN', 'The fresh token is of another user.');
  }

  private receive(frame: ServerFrame, asked?: RequestFrame): void {
    const { lifeline } = this;
    if (asked !== undefined) this.learn(frame, asked);
    if (frame.type === 'sys') this.learnName(frame.sys);
    this.emitter.emit('frame', frame);
    if (this.lifeline !== lifeline) return; // closed by a listener
    this.follow(this.held.apply(frame, asked));
    if (this.lifeline !== lifeline) return;
    this.follow(this.heldInbox.apply(frame, asked));
    if (frame.type === 'sys') this.emitter.emit('sys', frame);
    // Sent unasked, it says that the session was ended on another connection.
    if (frame.type === 'signOut' && asked === undefined) this.stop(ChatError.of('SESSION_EXPIRED'));
    if (asked !== undefined) this.resumption.releaseSuperfluous();
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

  private learnName(sys: ServerFrameOf<'sys'>['sys']): void {
    if (sys.type === 'signIn' && sys.signIn.uuid === this.current?.userUUID)
      this.username = sys.signIn.username;
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

  private report(event: ClientEvents['state']): void {
    this.state = event.state;
    this.reconnectAt = undefined;
    this.emitter.emit('state', event);
  }
}
