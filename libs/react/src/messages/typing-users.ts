import { Source } from '../shared/source.js';

/** A user who is writing. */
export interface TypingUser {
  readonly userUUID: string;
  readonly username: string;
}

/** Clients say it again every 3 s while somebody writes. One that comes late is waited for. */
const SHOWN_MS = 5_000;
/** The most users who are shown at once. */
const MOST_USERS = 20;

export const NOBODY: readonly TypingUser[] = [];

/** Who is writing in a channel: for some seconds after the last key press, and no longer than until the message is there. */
export class TypingUsers {
  readonly users = new Source<readonly TypingUser[]>(NOBODY);
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  sees({ userUUID, username }: TypingUser): void {
    const isKnown = this.timers.has(userUUID);
    if (!isKnown && this.timers.size >= MOST_USERS) return;
    clearTimeout(this.timers.get(userUUID));
    const timer = setTimeout(() => this.ended(userUUID), SHOWN_MS);
    // In Node, nothing waits for it.
    timer.unref?.();
    this.timers.set(userUUID, timer);
    if (!isKnown) this.users.set([...this.users.value, { userUUID, username }]);
  }

  /** The user has sent a message, or has stopped writing. */
  ended(userUUID: string): void {
    if (!this.timers.has(userUUID)) return;
    clearTimeout(this.timers.get(userUUID));
    this.timers.delete(userUUID);
    this.users.set(this.users.value.filter((user) => user.userUUID !== userUUID));
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.users.set(NOBODY);
  }
}
