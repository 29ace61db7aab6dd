import { ChatError } from '../chat-error.js';
import type { Settings } from '../options.js';

/** A token of the team's own identity provider; or what is asked for one, and for a fresh one before that expires. */
export type TokenSource = { readonly token: string } | { readonly getToken: () => string | Promise<string> };

/** The part of a token's life after which a fresh one is asked for. */
const PART_OF_LIFE = 0.75;
/** The longest time that a timer takes, in ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** Has fresh tokens before the old ones expire, where the application supplies them. */
export class TokenKeeper {
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param refresh sends a fresh token. When it fails, the next one is sent a little later. */
  constructor(
    private readonly source: TokenSource,
    private readonly settings: Pick<Settings, 'answerTimeoutMs' | 'refreshLeastMs'>,
    private readonly refresh: (token: string) => Promise<unknown>,
  ) {}

  /** Whether there is a fresh token when the old one has expired. */
  get isRenewable(): boolean {
    return 'getToken' in this.source;
  }

  /**
   * A token to sign in with.
   * @throws ChatError UNAVAILABLE when the application has none, or takes too long.
   */
  async next(): Promise<string> {
    if ('token' in this.source) return this.source.token;
    const { getToken } = this.source;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('it took too long')), this.settings.answerTimeoutMs);
    });
    try {
      return await Promise.race([Promise.resolve().then(getToken), late]);
    } catch (error) {
      throw ChatError.of('UNAVAILABLE', `getToken failed: ${(error as Error)?.message}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** From now on the token expires at this time, and is refreshed before. This client's clock may be wrong: see `refreshLeastMs`. */
  expiresAt(time: string | undefined): void {
    clearTimeout(this.timer);
    if (!this.isRenewable || time === undefined) return;
    this.refreshAfter((Date.parse(time) - Date.now()) * PART_OF_LIFE);
  }

  /** Asks for no token any more. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private refreshAfter(ms: number): void {
    const delay = Math.min(Math.max(ms, this.settings.refreshLeastMs), LONGEST_MS);
    this.timer = setTimeout(() => void this.renew(), delay);
  }

  private async renew(): Promise<void> {
    const { timer } = this;
    try {
      await this.refresh(await this.next());
    } catch {
      // Offline, or refused. Another try costs nothing; in the end the server closes the connection, and a new one signs in.
      if (this.timer === timer) this.refreshAfter(0);
    }
  }
}
