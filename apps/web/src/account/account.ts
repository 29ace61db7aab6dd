import { ChatClient, ChatError, type Session } from '@parley/client';
import type { User } from '@parley/protocol';
import { Api } from '../api.js';
import { Chat } from '../chat.js';
import { isRecord, Kept, type KeyValues } from '../storage.js';
import { Store } from '../store.js';
import type { Preferences } from './preferences.js';

/** Whether somebody is signed in. `notice` says why not, if it was not the user's wish. */
export type SignedIn =
  | { readonly kind: 'out'; readonly notice?: string }
  | { readonly kind: 'resuming' }
  | { readonly kind: 'in'; readonly chat: Chat };

interface KeptSession {
  readonly userUUID: string;
  readonly accessKey: string;
  readonly username: string;
}

/** The pauses between attempts to reach a server that is away when the page opens, in ms. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

const isSession = (value: unknown): value is KeptSession =>
  isRecord(value) && ['userUUID', 'accessKey', 'username'].every((field) => typeof value[field] === 'string');

const socketUrl = (): string => {
  const url = new URL('ws', new URL('.', location.href));
  url.protocol = url.protocol.replace('http', 'ws');
  url.hash = '';
  return url.href;
};

/** Signing in and out. The session's key stays in the browser, so that a reload goes on. */
export class Account {
  readonly state = new Store<SignedIn>({ kind: 'out' });
  private readonly kept: Kept<KeptSession>;
  /** Whether the user has ended the session here. */
  private isWanted = false;

  constructor(
    private readonly storage: KeyValues | undefined,
    private readonly preferences: Preferences,
  ) {
    this.kept = new Kept(storage, 'parley.session', isSession);
  }

  /** Goes on with the session that the browser keeps, if there is one. */
  async resume(): Promise<void> {
    const session = this.kept.read();
    if (session === undefined) return;
    this.state.set({ kind: 'resuming' });
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await this.begin((client) => client.signInByKey(session.accessKey), session.username);
      } catch (error) {
        const { name, message } = error as Error;
        if (!(error instanceof ChatError) || !error.retryable) {
          if (name === 'SESSION_EXPIRED') this.kept.clear();
          return this.state.set({ kind: 'out', notice: message });
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /** Over REST, which makes no account of a name that nobody has: on the wire, a slip would. */
  async signIn(username: string, password: string): Promise<void> {
    const { accessKey } = await new Api(() => undefined).signIn(username, password);
    await this.begin((client) => client.signInByKey(accessKey), username);
  }

  async signUp(username: string, password: string): Promise<void> {
    await this.begin((client) => client.signUp(username, password), username, true);
  }

  /** By a token of the team's own identity provider. */
  async signInByToken(token: string): Promise<void> {
    await this.begin((client) => client.signInByToken({ token }), '');
  }

  /** Ends the session; without a connection, this browser forgets it. */
  async signOut(chat: Chat): Promise<void> {
    this.isWanted = true;
    this.kept.clear();
    if (chat.client.state === 'online') await chat.client.signOut().catch(() => chat.client.close());
    else chat.client.close();
  }

  /** Deletes the account for good. @throws ChatError WRONG_PASSWORD, RATE_LIMITED. */
  async delete(chat: Chat, password: string): Promise<void> {
    this.isWanted = true;
    try {
      await chat.client.deleteAccount(password);
      this.kept.clear();
    } catch (error) {
      this.isWanted = false;
      throw error;
    }
  }

  private async begin(
    open: (client: ChatClient) => Promise<Session>,
    username: string,
    isNewcomer = false,
  ): Promise<void> {
    const client = new ChatClient({ url: socketUrl() });
    const session = await open(client);
    const api = new Api(() => client.session?.accessKey);
    const me = await whoIs(api, session.userUUID, username);
    this.kept.write({ ...session, username: me.Username });
    this.isWanted = false;
    const { preferences, storage } = this;
    const chat = new Chat({ client, api, me, preferences, storage });
    client.on('state', ({ state, error }) => {
      if (state === 'offline') this.ended(error);
    });
    void chat.start(isNewcomer);
    this.state.set({ kind: 'in', chat });
  }

  private ended(error: ChatError | undefined): void {
    // What a newer session would refuse as well is not tried again.
    if (!this.isWanted) this.kept.clear();
    this.state.set({ kind: 'out', ...(!this.isWanted && error && { notice: error.message }) });
  }
}

/** The name as the server has it: what was typed may be written otherwise. */
async function whoIs(api: Api, UUID: string, username: string): Promise<User> {
  return api.user(UUID).catch(() => ({ UUID, Username: username, OnLine: true }));
}
