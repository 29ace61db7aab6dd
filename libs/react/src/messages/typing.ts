import type { ChatClient } from '@parley/client';
import { Listening } from '../shared/listening.js';
import type { Running } from '../shared/shared.js';
import { Source } from '../shared/source.js';
import { type TypingUser, TypingUsers } from './typing-users.js';

/** Who is writing, by channel. A channel in which nobody is writing is absent. */
export type Writers = ReadonlyMap<string, readonly TypingUser[]>;

export const NOBODY_ANYWHERE: Writers = new Map();

/** Who is writing in each channel that the client holds. It holds none itself. */
export class Typing implements Running {
  readonly writers = new Source(NOBODY_ANYWHERE);
  private readonly channels = new Map<string, TypingUsers>();
  private readonly listening = new Listening(() => this.listen());

  constructor(private readonly client: ChatClient) {}

  start(): void {
    this.listening.start();
  }

  stop(): void {
    if (this.listening.stop()) this.clear();
  }

  private listen(): (() => void)[] {
    return [
      this.client.on('typing', (user) => this.usersOf(user.channelUUID).sees(user)),
      this.client.on('message', ({ message }) =>
        this.channels.get(message.ChannelUUID)?.ended(message.SenderUUID),
      ),
      this.client.on('reload', ({ channelUUID, now }) => {
        if (now === undefined) this.channels.get(channelUUID)?.clear();
      }),
      this.client.on('state', ({ state }) => {
        if (state === 'offline') this.clear();
      }),
    ];
  }

  private usersOf(channelUUID: string): TypingUsers {
    const known = this.channels.get(channelUUID);
    if (known !== undefined) return known;
    const fresh = new TypingUsers();
    this.channels.set(channelUUID, fresh);
    fresh.users.subscribe(() => this.show(channelUUID, fresh.users.value));
    return fresh;
  }

  private show(channelUUID: string, users: readonly TypingUser[]): void {
    const writers = new Map(this.writers.value);
    if (users.length > 0) writers.set(channelUUID, users);
    else {
      writers.delete(channelUUID);
      this.channels.delete(channelUUID);
    }
    this.writers.set(writers);
  }

  private clear(): void {
    for (const users of [...this.channels.values()]) users.clear();
  }
}
