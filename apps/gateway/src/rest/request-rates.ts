import { clientNetwork } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { LRUCache } from 'lru-cache';
import { TokenBucket, type TokenRate } from '../pacing/token-bucket.js';

/** Users, networks and keys whose requests are counted, about 200 bytes each; above that, those who asked longest ago are forgiven. */
export const CALLERS_KNOWN = 20_000;

/**
 * The rate at which callers may send requests: that of the frames of one connection. All requests of a user to one gateway count together.
 * So do those of a network without a valid access key, for each costs a question to auth. A key of an operator acts for many users: it
 * has a rate of its own, as has that of a bot.
 */
export class RequestRates {
  private readonly users = new LRUCache<string, TokenBucket>({ max: CALLERS_KNOWN });
  private readonly networks = new LRUCache<string, TokenBucket>({ max: CALLERS_KNOWN });

  private readonly keys = new LRUCache<string, TokenBucket>({ max: CALLERS_KNOWN });

  /**
   * @param rate of a user, and of a network without a session; undefined: no limit.
   * @param keyRate of a key of an operator or a bot.
   */
  constructor(
    private readonly rate: TokenRate | undefined,
    private readonly keyRate?: TokenRate | undefined,
  ) {}

  /** The budget of a user; undefined: no limit. */
  ofUser(userUUID: string): TokenBucket | undefined {
    return bucketOf(this.users, userUUID, this.rate);
  }

  /** The budget of those without a session at a client's address. */
  ofAddress(address: string): TokenBucket | undefined {
    return bucketOf(this.networks, clientNetwork(address), this.rate);
  }

  /** The budget of a key that is valid. @param proof which only who has the key can know: nobody else can use it up. */
  ofKey(proof: string): TokenBucket | undefined {
    return bucketOf(this.keys, proof, this.keyRate);
  }

  /** The budget of a key that is known to be valid, if it has nothing left. */
  usedUp(proof: string): TokenBucket | undefined {
    const bucket = this.keys.peek(proof);
    return bucket?.left() === 0 ? bucket : undefined;
  }

  /** The headers that tell a caller of its budget (draft-ietf-httpapi-ratelimit-headers). */
  headersOf(bucket: TokenBucket | undefined): Record<string, string> {
    if (bucket === undefined) return {};
    const { burst, perSecond } = bucket.rate;
    const window = Math.ceil(burst / perSecond);
    return {
      'ratelimit-policy': `"requests";q=${burst};w=${window}`,
      ratelimit: `"requests";r=${bucket.left()};t=${Math.ceil(bucket.fullInMs() / 1_000)}`,
    };
  }
}

function bucketOf(
  known: LRUCache<string, TokenBucket>,
  name: string,
  rate: TokenRate | undefined,
): TokenBucket | undefined {
  if (rate === undefined) return undefined;
  const bucket = known.get(name) ?? new TokenBucket(rate);
  known.set(name, bucket);
  return bucket;
}

/**
 * Takes one request out of a budget.
 * @throws AppError RATE_LIMITED where none is left.
 */
export function charge(bucket: TokenBucket | undefined): void {
  const retryAfterMs = bucket?.takeOne() ?? 0;
  if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryAfterMs });
}
