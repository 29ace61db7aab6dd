import type { ChatClient, ChatError, ClientState } from '@parley/client';
import { Listening } from './shared/listening.js';
import type { Running } from './shared/shared.js';
import { Source } from './shared/source.js';

/** How the connection is, for a banner. */
export interface ConnectionView {
  /** `offline`: nobody is signed in. `connecting` covers the first connection and a lost one that is being replaced. */
  readonly status: ClientState;
  /** While `connecting`: when the next attempt is made, in ms as `Date.now()` counts; absent while one is under way, or waits for a network. */
  readonly reconnectAt?: number | undefined;
  /** Whether the device says that it has no network, and the server is elsewhere. The client connects as soon as it has one. */
  readonly isNetworkDown: boolean;
  /** Whether a connection was lost, so that `connecting` is news to the user. */
  readonly isLost: boolean;
  /** Why the client has stopped. */
  readonly error?: ChatError | undefined;
}

export const NOT_CONNECTED: ConnectionView = { status: 'offline', isNetworkDown: false, isLost: false };

/** Follows the state of a client. */
export class Connection implements Running {
  readonly view = new Source(NOT_CONNECTED);
  private readonly listening = new Listening(() => this.listen());

  constructor(private readonly client: ChatClient) {}

  start(): void {
    this.listening.start();
    this.show({});
  }

  stop(): void {
    this.listening.stop();
  }

  private listen(): (() => void)[] {
    return [
      this.client.on('state', ({ state, code, error }) => {
        const isLost = state === 'connecting' && (code !== undefined || this.view.value.isLost);
        this.show({ isLost, error });
      }),
      this.client.on('reconnect', () => this.show({})),
    ];
  }

  private show(news: Partial<ConnectionView>): void {
    const { state: status, reconnectAt, isNetworkDown } = this.client;
    this.view.set({ ...this.view.value, ...news, status, reconnectAt, isNetworkDown });
  }
}
