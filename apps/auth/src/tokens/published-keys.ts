import { AppError } from '@parley/protocol';
import type { Logger } from '@parley/service-kit';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWK, type JWTVerifyGetKey } from 'jose';
import { keyFetches } from '../metrics.js';

/** How old the keys may be before they are fetched again, in milliseconds, while those that are here go on. */
const FRESH_MS = 10 * 60_000;
/** Time between two fetches because a key is unknown or the last fetch failed, in milliseconds: anybody can name a key. */
export const REFETCH_AFTER_MS = 10_000;
/** How long a fetch may take, in milliseconds. */
const FETCH_MS = 3_000;
/** The most bytes of a set of keys. Those of the large identity providers have a few KB. */
export const KEY_SET_BYTES = 256 * 1024;
/** Tokens of unknown keys that may wait for a fetch. */
export const WAITING_FOR_KEYS = 1_000;

/** What {@link PublishedKeys} needs. */
export interface PublishedKeysOptions {
  readonly url: string;
  readonly logger: Pick<Logger, 'warn'>;
  /** By default that of Node.js. */
  readonly fetch?: typeof fetch;
  /** A clock in milliseconds that never goes back. */
  readonly now?: () => number;
}

/**
 * The keys that an identity provider publishes. They are fetched with the first token, again when they are old, and once more when a
 * token names one that is not here. While they cannot be fetched, those that are here go on.
 */
export class PublishedKeys {
  private keys: ReturnType<typeof createLocalJWKSet> | undefined;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private triedAt = Number.NEGATIVE_INFINITY;
  private fetching: Promise<void> | undefined;
  private waiting = 0;
  private readonly now: () => number;

  constructor(private readonly options: PublishedKeysOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /**
   * Finds the key of a token by its header.
   * @throws AppError UNAVAILABLE when there are no keys, OVERLOADED when too many wait for them; an error of jose without such a key.
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.keys === undefined) await this.fetchSoon();
    else if (this.now() - this.fetchedAt > FRESH_MS) void this.fetchSoon().catch(() => undefined);
    const { keys } = this;
    if (keys === undefined) throw new AppError('UNAVAILABLE', { retryAfterMs: REFETCH_AFTER_MS });
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.fetchSoon();
      // Still the same: it is not to be fetched again yet, or could not be.
      if (this.keys === keys || this.keys === undefined) throw error;
      return this.keys(header, token);
    }
  };

  /** Fetches the keys, unless that was tried a moment ago. Those who ask meanwhile share one fetch. Only OVERLOADED is thrown. */
  private async fetchSoon(): Promise<void> {
    if (this.fetching === undefined) {
      if (this.now() - this.triedAt < REFETCH_AFTER_MS) return;
      this.triedAt = this.now();
      this.fetching = this.refresh().finally(() => {
        this.fetching = undefined;
      });
    }
    if (this.waiting >= WAITING_FOR_KEYS) throw new AppError('OVERLOADED');
    this.waiting += 1;
    await this.fetching.finally(() => {
      this.waiting -= 1;
    });
  }

  private async refresh(): Promise<void> {
    try {
      this.keys = createLocalJWKSet(await this.fetchSet());
      this.fetchedAt = this.now();
      keyFetches.inc({ outcome: 'ok' });
    } catch (error) {
      keyFetches.inc({ outcome: 'failed' });
      this.options.logger.warn({ err: error }, 'could not fetch the keys of TOKEN_JWKS_URL');
    }
  }

  private async fetchSet(): Promise<JSONWebKeySet> {
    const response = await (this.options.fetch ?? fetch)(this.options.url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(FETCH_MS),
    });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const { keys } = JSON.parse(await textOf(response)) as { keys?: unknown };
    const usable = Array.isArray(keys) ? keys.filter(isPublicKey) : [];
    // An empty set would sign everybody out over a slip of the provider.
    if (usable.length === 0) throw new Error('no public key in the set');
    return { keys: usable };
  }
}

/** A symmetric key in a set that everybody can read is none. */
const isPublicKey = (key: unknown): key is JWK =>
  typeof key === 'object' && key !== null && ['RSA', 'EC', 'OKP'].includes((key as JWK).kty ?? '');

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > KEY_SET_BYTES) throw new Error(`more than ${KEY_SET_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
