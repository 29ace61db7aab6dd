import { Injectable } from '@nestjs/common';
import type { PresenceReach } from '@parley/contracts';

/** Who is told of arrivals and departures, as the users service said last. */
@Injectable()
export class Reach {
  private current: PresenceReach = 'everyone';
  private watchedListener: (() => void) | undefined;

  /** Whether gateways watch the users whom theirs know. */
  get isWatched(): boolean {
    return this.current !== 'everyone';
  }

  /** Whether every signed-in connection is told. */
  get isEveryone(): boolean {
    return this.current !== 'watchers';
  }

  /** Calls the listener whenever watching begins. */
  whenWatched(listener: () => void): void {
    this.watchedListener = listener;
  }

  /** The users service has said so; one of the release before says nothing, and everyone is told. */
  heard(reach: PresenceReach = 'everyone'): void {
    const was = this.isWatched;
    this.current = reach;
    if (this.isWatched && !was) this.watchedListener?.();
  }
}
