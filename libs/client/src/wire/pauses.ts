import type { Settings } from '../options.js';
import { BackOff } from './back-off.js';
import { needsNetwork } from './network.js';

/**
 * The pauses between attempts to connect. While the device has no network there is no attempt, and the first one comes as soon as it
 * has one.
 */
export class Pauses {
  private readonly backOff: BackOff;
  private readonly isNetworkNeeded: boolean;
  private isHurried = false;
  private isOver = false;
  private wake: () => void = () => undefined;
  private off: () => void = () => undefined;

  /**
   * @param waits is told at the beginning of a pause when it ends, in ms as `Date.now()` counts; nothing if it ends with the next network.
   * It is told again if the pause ends before.
   */
  constructor(
    private readonly settings: Pick<Settings, 'urls' | 'reconnect' | 'network'>,
    private readonly waits: (until: number | undefined) => void,
  ) {
    this.backOff = new BackOff(settings.reconnect);
    this.isNetworkNeeded = needsNetwork(settings.urls);
  }

  get isNetworkDown(): boolean {
    return this.isNetworkNeeded && this.settings.network.isDown;
  }

  /** @param changed is called when the device has lost its network, and when it has one again. */
  begin(changed: () => void): void {
    this.off = this.settings.network.onChange(() => {
      if (this.isNetworkDown) this.wake();
      else this.hurry();
      changed();
    });
  }

  /** No pause ends later than now, and none begins. */
  end(): void {
    this.isOver = true;
    this.off();
    this.wake();
  }

  /** Ends the pause that is under way. */
  hurry(): void {
    this.isHurried = true;
    this.wake();
  }

  /** Reports how long a connection was usable, in ms. */
  wasUsable(forMs: number): void {
    this.backOff.wasUsable(forMs);
  }

  /** The next pause, never shorter than `leastMs`, unless it is ended before. */
  async next(leastMs: number): Promise<void> {
    const until = performance.now() + this.backOff.next(leastMs);
    this.isHurried = false;
    while (!this.isHurried && !this.isOver) {
      const left = this.isNetworkDown ? undefined : until - performance.now();
      if (left !== undefined && left <= 0) return;
      this.waits(left === undefined ? undefined : Date.now() + left);
      await this.sleep(left);
    }
    // Who shows when it is made, or that there is no network, hears that this is over.
    if (!this.isOver) this.waits(Date.now());
  }

  private sleep(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
