import { CLOSE_CODES } from '@parley/protocol/constants';
import { ChatError } from '../chat-error.js';
import type { Settings } from '../options.js';
import { dial } from './dial.js';
import { Pauses } from './pauses.js';
import type { Ending, Receive, RequestFrame, Wire } from './wire.js';

/** What a lifeline asks of its client and reports to it. */
export interface LifelineHooks {
  readonly receive: Receive;
  /** Whether a connection that ended with its token can be replaced by one with a fresh token. */
  readonly isRenewable?: boolean;
  /** Makes a new connection usable for a known session. */
  resume(wire: Wire): Promise<void>;
  online(wire: Wire): void;
  /** The connection is gone and will be replaced. */
  lost(ending: Ending): void;
  /** The next attempt is made at this time, in ms as `Date.now()` counts; without one, as soon as the device has a network. */
  waits(until: number | undefined): void;
  /** No further attempt is made. */
  stopped(error: ChatError): void;
}

/** Close codes for the client's own faults (RFC 6455, section 7.4.1). Another connection would end the same way. */
const OWN_FAULTS: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1010]);

/** How long a server may take to answer when the network has changed, in ms. */
const PROBE_MS = 5_000;

/** Whether a close code means that the client must not come back. */
const isFinal = (code: number): boolean => (code >= 4500 && code <= 4999) || OWN_FAULTS.has(code);

/** A server fault may pass. Any other error that repeating does not change ends the attempts. */
const isHopeless = ({ retryable, name }: ChatError): boolean => !retryable && name !== 'INTERNAL';

/** Keeps one session connected, from its first connection, through every reconnect, to its end. */
export class Lifeline {
  private wire: Wire | undefined;
  private isOver = false;
  private nextUrl = 0;
  private readonly pauses: Pauses;

  constructor(
    private readonly settings: Settings,
    private readonly hooks: LifelineHooks,
  ) {
    this.pauses = new Pauses(settings, (until) => this.hooks.waits(until));
  }

  /**
   * Makes the first connection, trying each address once, and signs in on it.
   * @throws ChatError of the sign-in, or UNAVAILABLE. Nothing is left running then.
   */
  async start(signIn: RequestFrame | (() => Promise<RequestFrame>)): Promise<void> {
    const wire = await this.dialAny();
    try {
      await wire.request(typeof signIn === 'function' ? await signIn() : signIn);
    } catch (error) {
      wire.close();
      throw error;
    }
    if (this.isOver) return wire.close();
    // A connection of the network before is often dead, and nothing says so.
    this.pauses.begin(() => this.wire?.probe(PROBE_MS));
    this.hooks.online(wire);
    void this.keep(wire);
  }

  /** Ends a connection that must be resumed. */
  renew(reason: string): void {
    this.wire?.close({ code: 1006, reason });
  }

  /** Whether nothing can be reached, because the device has no network. */
  get isNetworkDown(): boolean {
    return this.pauses.isNetworkDown;
  }

  /** Makes the next attempt at once. */
  hurry(): void {
    this.pauses.hurry();
  }

  /** Ends the connection for good. No hook is called after that. */
  end(): void {
    this.isOver = true;
    this.pauses.end();
    this.wire?.close();
  }

  private async dialAny(): Promise<Wire> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.dialNext();
      } catch (error) {
        if (this.isOver || tries >= this.settings.urls.length) throw error;
      }
    }
  }

  private async dialNext(): Promise<Wire> {
    const { urls } = this.settings;
    const url = urls[this.nextUrl++ % urls.length]!;
    const wire = await dial(url, this.settings, (frame, asked) => {
      if (!this.isOver) this.hooks.receive(frame, asked);
    });
    this.wire = wire;
    if (!this.isOver) return wire;
    wire.close(); // ended while it was opening
    throw ChatError.of('UNAVAILABLE', 'The session has ended.');
  }

  private async keep(first: Wire): Promise<void> {
    for (let wire: Wire | undefined = first; wire !== undefined; wire = await this.reconnect()) {
      const since = performance.now();
      const ending = await wire.ended;
      if (this.isOver) return;
      this.pauses.wasUsable(performance.now() - since);
      if (this.isFinal(ending.code)) return this.stop(ending);
      this.hooks.lost(ending);
    }
  }

  /** @returns undefined when it is over. */
  private async reconnect(): Promise<Wire | undefined> {
    for (let retryAfterMs = 0; ; ) {
      await this.pauses.next(retryAfterMs);
      if (this.isOver) return undefined;
      try {
        const wire = await this.dialNext();
        await this.hooks.resume(wire);
        if (this.isOver) return undefined;
        this.hooks.online(wire);
        return wire;
      } catch (error) {
        if (this.isOver || (await this.givesUp(error as ChatError))) return undefined;
        retryAfterMs = (error as ChatError).retryAfterMs ?? 0;
      }
    }
  }

  /** Called after a failed attempt. @returns whether it was the last. */
  private async givesUp(error: ChatError): Promise<boolean> {
    this.wire?.close();
    const ending = await this.wire?.ended;
    if (ending !== undefined && this.isFinal(ending.code)) this.stop(ending);
    else if (isHopeless(error)) this.stopFor(error);
    return this.isOver;
  }

  private isFinal(code: number): boolean {
    return isFinal(code) && !(code === CLOSE_CODES.TOKEN_EXPIRED && this.hooks.isRenewable);
  }

  private stop({ code, reason }: Ending): void {
    this.stopFor(new ChatError('CLOSED', `The server ended the session: ${code} ${reason}`.trim(), false));
  }

  private stopFor(error: ChatError): void {
    this.end();
    this.hooks.stopped(error);
  }
}
