import type { Writer } from './chat-state.js';

/** How long somebody counts as writing after the last sign of it, in ms: clients say so every 3 s. */
const LASTS_MS = 5_000;
/** The most writers that are remembered. */
const MOST = 100;

/** Who is writing where. */
export class Writers {
  private all: readonly Writer[] = [];
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** @param changed is called with those who are writing. */
  constructor(private readonly changed: (writers: readonly Writer[]) => void) {}

  /** Somebody is writing. The reader's own other devices do not count. */
  take({ channelUUID, userUUID, username }: Writer, reader: string): void {
    if (userUUID === reader) return;
    const key = keyOf(channelUUID, userUUID);
    const isNew = !this.timers.has(key);
    if (isNew && this.all.length >= MOST) return;
    clearTimeout(this.timers.get(key));
    const timer = setTimeout(() => this.drop(channelUUID, userUUID), LASTS_MS);
    this.timers.set(key, timer);
    if (isNew) this.set([...this.all, { channelUUID, userUUID, username }]);
  }

  /** Somebody has stopped writing: the message has come, or nothing for a while. */
  drop(channelUUID: string, userUUID: string): void {
    const key = keyOf(channelUUID, userUUID);
    if (!this.timers.has(key)) return;
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    this.set(this.all.filter((each) => keyOf(each.channelUUID, each.userUUID) !== key));
  }

  end(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private set(writers: readonly Writer[]): void {
    this.all = writers;
    this.changed(writers);
  }
}

const keyOf = (channelUUID: string, userUUID: string): string => `${channelUUID} ${userUUID}`;
