import type { Message } from '@parley/protocol';
import { ChatError } from './chat-error.js';
import type { ClientEvents, ClientState, InboxPosition, Position } from './events.js';
import type { InboxItem } from './inbox-item.js';
import { type ChatClientOptions, type Settings, settingsOf } from './options.js';
import { type Ask, type Payload, payloadOf } from './requests/answer.js';
import { Channel } from './requests/channel.js';
import { ChannelNames, type Target } from './requests/channel-names.js';
import { ChannelRequests } from './requests/channel-requests.js';
import { Contacts } from './requests/contacts.js';
import { earlierItems } from './requests/earlier-items.js';
import { Groups } from './requests/groups.js';
import { type Session, signInBy } from './session/session.js';
import { SessionKeeper } from './session/session-keeper.js';
import { TokenKeeper, type TokenSource } from './session/token-keeper.js';

/**
 * A chat client that keeps its promises across lost connections. It reconnects with growing pauses, resumes every
 * held channel where it was, and repeats unanswered requests under the same id. It reports each message of a held
 * channel once, in order. If the server cannot supply what was missed, the client says so with `reload`, never
 * silently.
 *
 * Requests wait while there is no connection, and are repeated after transient errors. They reject with a ChatError
 * when repeating them would not help, and when the session ends. Posts to one channel, subscriptions of one channel, and joins
 * and leaves take effect in the order in which they were asked for: each is sent when the one before it is answered.
 */
export class ChatClient extends ChannelRequests {
  /** Group channels and their members. */
  readonly channels: Groups;
  /** Contacts, and blocked users. */
  readonly contacts: Contacts;
  private readonly settings: Settings;
  private readonly ask: Ask;

  constructor(options: ChatClientOptions) {
    const settings = settingsOf(options);
    super(new SessionKeeper(settings));
    this.settings = settings;
    this.ask = async (type, frame, how) => payloadOf((await this.keeper.ask({ frame, ...how }))!, type);
    this.channels = new Groups(this.ask, () => this.session?.userUUID);
    this.contacts = new Contacts(this.ask);
  }

  get state(): ClientState {
    return this.keeper.state;
  }

  get session(): Session | undefined {
    return this.keeper.current;
  }

  /** The name of who is signed in, once the server has said it: after a sign-in, not after `signInByKey`. */
  get username(): string | undefined {
    return this.keeper.username;
  }

  /** While `connecting`: when the next attempt is made, in ms as `Date.now()` counts; nothing if one is under way, or waits for a network. */
  get reconnectAt(): number | undefined {
    return this.keeper.reconnectAt;
  }

  /** Whether the device says that it has no network. The client connects as soon as it has one. */
  get isNetworkDown(): boolean {
    return this.keeper.isNetworkDown;
  }

  /** Makes the next attempt to connect at once, in place of waiting for it. */
  reconnectNow(): void {
    this.keeper.reconnectNow();
  }

  /** The held channels, each with the last message that was reported. */
  get positions(): Position[] {
    return this.keeper.held.positions();
  }

  /** Where the client is in the inbox, if it follows that. */
  get inboxPosition(): InboxPosition | undefined {
    return this.keeper.heldInbox.at;
  }

  /** The UUID of a channel, once the server has answered a request that names the channel so; of one that is named by its UUID, at once. */
  channelUUID(target: Target = {}): string | undefined {
    const name = this.keeper.names.of(target);
    return ChannelNames.isId(name) ? name : undefined;
  }

  /**
   * The newest messages of a held channel as they are now, the oldest first: those that came, and those of the joins and pages that
   * adjoin them, after every edit, deletion and reaction. Another array each time that one of them has changed.
   */
  messages(target: Target = {}): readonly Message[] {
    return this.keeper.held.messagesOf(this.keeper.names.of(target));
  }

  /** The Seq up to which each member has read a held channel, by user. Empty for channels of more than 100 members. */
  reads(target: Target = {}): ReadonlyMap<string, number> {
    return this.keeper.held.readsOf(this.keeper.names.of(target));
  }

  /** The number of requests that wait for their answers. */
  get waiting(): number {
    return this.keeper.outbox.size;
  }

  /** @returns a function that removes the listener. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    return this.keeper.emitter.on(name, listener);
  }

  /** One channel, for code that is about one. `messages()` of it is for `for await`. */
  channel(target: Target = {}): Channel {
    return new Channel(this, this.keeper, target);
  }

  /** Creates a user. @throws ChatError USERNAME_TAKEN, or the error that kept the connection from opening. */
  signUp(username: string, password: string): Promise<Session> {
    return this.keeper.begin({ type: 'signUp', signUp: { username, password } });
  }

  /** Signs in. An unknown username is created. @throws ChatError WRONG_PASSWORD, RATE_LIMITED. */
  signIn(username: string, password: string): Promise<Session> {
    return this.keeper.begin({ type: 'signIn', signIn: { username, password } });
  }

  /** Signs in with the key of an earlier session. @throws ChatError SESSION_EXPIRED when that session has ended. */
  signInByKey(accessKey: string): Promise<Session> {
    return this.keeper.begin({ type: 'resume', resume: { accessKey, channels: [] } });
  }

  /**
   * Signs in with a token of the team's own identity provider. With `getToken`, the client asks for a fresh token before one expires,
   * and after a time without a connection; with `token` alone, it stops when that expires. A `getToken` that fails is asked again.
   * @throws ChatError WRONG_TOKEN, FORBIDDEN; UNAVAILABLE when `getToken` fails.
   */
  signInByToken(source: TokenSource): Promise<Session> {
    const tokens = new TokenKeeper(source, this.settings, (token) =>
      this.keeper.ask({ frame: { type: 'refresh', refresh: { token } }, isOwn: true }),
    );
    return this.keeper.begin(() => signInBy(tokens), tokens);
  }

  /** Ends the session everywhere, and the connection. Requests that still wait are rejected: await them first. */
  async signOut(): Promise<void> {
    await this.keeper.ask({ frame: { type: 'signOut' } }).catch((error: ChatError) => {
      // The answer was lost with its connection, and the next one found the session ended.
      if (error.name !== 'SESSION_EXPIRED') throw error;
    });
    this.close();
  }

  /**
   * Follows everything that concerns the user in any channel. The answer says how much is unread. Called again, it says that as of
   * now, and misses nothing.
   */
  async inbox(): Promise<Payload<'inbox'>> {
    const frame = () => ({ type: 'inbox', inbox: this.keeper.heldInbox.at ?? {} });
    return payloadOf((await this.keeper.ask({ frame, lane: { kind: 'inbox' } }))!, 'inbox');
  }

  /**
   * Reads again the newest items that the inbox had brought by now, at most `most`, the oldest first. Servers keep 1,000 unless they are
   * told otherwise; the answer is empty where they keep fewer than are asked for.
   */
  async earlierInboxItems(most: number): Promise<InboxItem[]> {
    if (this.inboxPosition === undefined) await this.inbox();
    return earlierItems(this.keeper, most);
  }

  /** A page of all users. */
  users(options: { readonly offset?: number; readonly limit?: number } = {}): Promise<Payload<'users'>> {
    return this.ask('users', { type: 'users', users: options });
  }

  /**
   * Changes the password. Every other session of the user ends, and their clients stop.
   * @returns how many ended.
   * @throws ChatError WRONG_PASSWORD, RATE_LIMITED.
   */
  async changePassword(oldPassword: string, newPassword: string): Promise<number> {
    const passwordChange = { old: oldPassword, new: newPassword };
    return (await this.ask('passwordChange', { type: 'passwordChange', passwordChange })).ended;
  }

  /** The user's sessions, those used last first. `current` marks the one of this client. */
  sessions(): Promise<Payload<'sessions'>> {
    return this.ask('sessions', { type: 'sessions' });
  }

  /**
   * Ends sessions of the user: `'all'`, or those with these UUIDs. If this client's own session is among them, the client stops.
   * @returns how many ended.
   */
  async endSessions(which: 'all' | readonly string[]): Promise<number> {
    const sessionsEnd = which === 'all' ? { all: true } : { sessionUUIDs: which };
    return (await this.ask('sessionsEnd', { type: 'sessionsEnd', sessionsEnd })).ended;
  }

  /**
   * Deletes the user's account for good, and closes the client.
   * @param proof the password; for a user of an identity provider, a token that was issued in the last 10 minutes.
   * @throws ChatError WRONG_PASSWORD, WRONG_TOKEN, RATE_LIMITED, FORBIDDEN.
   */
  async deleteAccount(proof: string | { readonly token: string }): Promise<void> {
    const accountDelete = typeof proof === 'string' ? { password: proof } : proof;
    await this.ask('accountDelete', { type: 'accountDelete', accountDelete });
    this.close();
  }

  /** Closes the connection and forgets the session. Waiting requests are rejected. No timer is left. */
  close(): void {
    this.keeper.stop(ChatError.of('NOT_SIGNED_IN', 'The client was closed.'));
  }
}
