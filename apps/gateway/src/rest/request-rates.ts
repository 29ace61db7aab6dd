import { clientNetwork } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { LRUCache } from 'lru-cache';
import { TokenBucket, type TokenRate } from '../pacing/token-bucket.js';

/** Users and networks whose requests are counted, about 200 bytes each; above that, those who asked longest ago are forgiven. */
export const CALLERS_KNOWN = 20_000;

/**
 * The rate at which callers may send requests: that of the frames of one connection. All requests of a user to one gateway count together.
 * So do those of a network without a valid access key, for each costs a question to auth.
 */
export class RequestRates {
  private readonly users = new LRUCache<string, TokenBucket>({ max: CALLERS_KNOWN });
  private readonly networks = new LRUCache<string, TokenBucket>({ max: CALLERS_KNOWN });

  constructor(private readonly rate: TokenRate | undefined) {}

  /** The budget of a user; undefined: no limit. */
  ofUser(userUUID: string): TokenBucket | undefined {
    return this.bucket(this.users, userUUID);
  }

  /** The budget of those without a session at a client's address. */
  ofAddress(address: string): TokenBucket | undefined {
    return this.bucket(this.networks, clientNetwork(address));
  }

  /** The headers that tell a caller of its budget (draft-ietf-httpapi-ratelimit-headers). */
  headersOf(bucket: TokenBucket | undefined): Record<string, string> {
    if (bucket === undefined || this.rate === undefined) return {};
    const { burst, perSecond } = this.rate;
    const window = Math.ceil(burst / perSecond);
    return {
      'ratelimit-policy': `"requests";q=${burst};w=${window}`,
      ratelimit: `"requests";r=${bucket.left()};t=${Math.ceil(bucket.fullInMs() / 1_000)}`,
    };
  }

  private bucket(known: LRUCache<string, TokenBucket>, name: string): TokenBucket | undefined {
    if (this.rate === undefined) return undefined;
    const bucket = known.get(name) ?? new TokenBucket(this.rate);
    known.set(name, bucket);
    return bucket;
  }
}

/**
 * Takes one request out of a budget.
 * @throws AppError RATE_LIMITED where none is left.
 */
export function charge(bucket: TokenBucket | undefined): void {
  const retryAfterMs = bucket?.takeOne() ?? 0;
  if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryAfterMs });
}
