import type { ChatClient } from '@parley/client';
import { Store } from '../store.js';

/** Who writes at the moment, by channel and user. */
export type Writers = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** How long somebody counts as writing after the last sign of it, in ms: two of the signs that the server passes on. */
const LASTS_MS = 6_000;

/** Who is writing. It ends some seconds after the last sign, or with the message. */
export class Typing {
  readonly writers = new Store<Writers>(new Map());
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(client: Pick<ChatClient, 'on'>) {
    client.on('typing', ({ channelUUID, userUUID, username }) => this.begin(channelUUID, userUUID, username));
    client.on('message', ({ message }) => this.end(message.ChannelUUID, message.SenderUUID));
  }

  close(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  private begin(channelUUID: string, userUUID: string, username: string): void {
    const id = `${channelUUID} ${userUUID}`;
    clearTimeout(this.timers.get(id));
    this.timers.set(
      id,
      setTimeout(() => this.end(channelUUID, userUUID), LASTS_MS),
    );
    const here = new Map(this.writers.get().get(channelUUID)).set(userUUID, username);
    this.writers.update((now) => new Map(now).set(channelUUID, here));
  }

  private end(channelUUID: string, userUUID: string): void {
    const id = `${channelUUID} ${userUUID}`;
    clearTimeout(this.timers.get(id));
    if (!this.timers.delete(id)) return;
    const here = new Map(this.writers.get().get(channelUUID));
    here.delete(userUUID);
    this.writers.update((now) => new Map(now).set(channelUUID, here));
  }
}

/** A line about those who write: none if nobody does. */
export function writingLine(writers: ReadonlyMap<string, string> | undefined): string {
  const names = [...(writers?.values() ?? [])];
  if (names.length === 0) return '';
  if (names.length === 1) return `${names[0]} is writing…`;
  return names.length === 2 ? `${names[0]} and ${names[1]} are writing…` : 'Several people are writing…';
}
