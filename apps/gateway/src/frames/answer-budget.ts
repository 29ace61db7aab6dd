import { Inject, Injectable } from '@nestjs/common';
import { AppError, LIMITS, type Request } from '@parley/protocol';
import { LRUCache } from 'lru-cache';
import { heldReads } from '../metrics.js';
import { TokenBucket, type TokenRate } from '../pacing/token-bucket.js';

/** Bytes of an answer that cost nothing: ordinary clients join, page and resume within them. */
export const FREE_BYTES = 16 * 1024;
/** Bytes that a message or a user is taken for until the answer is known: nothing is taken for an ordinary join. */
export const BYTES_PER_MESSAGE = FREE_BYTES / LIMITS.messagesOnJoin;
export const BYTES_PER_USER = 128;
/** Seconds of their rate that a user and a gateway may take at once after a pause. */
export const USER_BURST_SECONDS = 32;
const GATEWAY_BURST_SECONDS = 1 / 16;
/** The longest debt that a `resume` may leave to the gateway, in milliseconds. */
export const RESUME_DEBT_MS = 250;
/** Bytes of a long answer that are charged together while it is being sent. */
const STEP_BYTES = 64 * 1024;
/** The longest time for which a frame is held, in milliseconds. One that would have to be held for longer is held for half of that at least, and refused. */
export const LONGEST_HOLD_MS = 5_000;
/** Users whose debt is known, about 200 bytes each. Above that, the one who has asked for nothing longest is forgiven. */
export const USERS_KNOWN = 20_000;

/** Injection token of the {@link AnswerRates}. */
export const ANSWER_RATES = Symbol('answer rates');

/** Bytes of large answers per second; 0: no limit. */
export interface AnswerRates {
  readonly user: number;
  readonly gateway: number;
}

/** What has been taken for an answer so far: at first what it may cost. */
export interface Reservation {
  bytes: number;
  /** Nothing is taken from the user. */
  readonly isOfGateway?: boolean;
}

/**
 * Charges frames that read by what their answers cost. A large answer costs CPU in Redis, in a service and here, for each
 * of its bytes; a rate of frames does not see that. What is above 16 KiB of an answer is taken from the budget of its user,
 * on all connections here, and from that of the gateway. Both may get into debt; until it is paid off, the next frames
 * that read are held. Posts and everything else that reads nothing are never held.
 *
 * What an answer may cost is reserved first, and set right when it is known. So frames that come at the same moment are
 * held one after the other, not all until the same moment.
 *
 * A `resume` counts against the gateway alone, and is never refused: what a client missed is sent as fast as it reads, page by
 * page, and it must not be kept from its channels because it missed much. Nor does it hold others for long: it leaves the
 * gateway no debt above a quarter of a second.
 */
@Injectable()
export class AnswerBudget {
  private readonly users = new LRUCache<string, TokenBucket>({ max: USERS_KNOWN });
  private readonly gateway: TokenBucket | undefined;

  constructor(@Inject(ANSWER_RATES) private readonly rates: AnswerRates) {
    if (rates.gateway > 0) this.gateway = new TokenBucket(rateOf(rates.gateway, GATEWAY_BURST_SECONDS));
  }

  /**
   * Resolves when a frame may be answered.
   * @param user who asks.
   * @returns undefined for a frame that reads nothing.
   * @throws AppError RATE_LIMITED, after a while, when it would have to be held for longer than a frame may be.
   */
  async admit(request: Request, user: string | undefined): Promise<Reservation | undefined> {
    const expected = bytesExpected(request);
    if (expected === undefined) return undefined;
    if (request.type === 'resume') {
      await hold(Math.min(this.gateway?.debtMs() ?? 0, LONGEST_HOLD_MS));
      return { bytes: 0, isOfGateway: true };
    }
    return this.reserve(expected, user);
  }

  /**
   * Resolves when something may be answered to a user that may cost as many bytes as expected.
   * @throws AppError as {@link admit}.
   */
  async reserve(expected: number, user: string | undefined): Promise<Reservation> {
    const bytes = Math.max(0, expected - FREE_BYTES);
    const ofUser = user === undefined ? undefined : bytes > 0 ? this.bucketOf(user) : this.users.get(user);
    await holdFor(ofUser, bytes);
    try {
      await holdFor(this.gateway, bytes);
    } catch (error) {
      ofUser?.take(-bytes);
      throw error;
    }
    return { bytes };
  }

  /**
   * Charges a long answer while it is being sent. A client may take minutes to read what it has missed: charged at the end, all of
   * that would be a debt of this moment, for which everybody else would be held.
   * @param user who is answered.
   */
  charge(reserved: Reservation, user: string | undefined, answered: number): void {
    if (answered - FREE_BYTES >= reserved.bytes + STEP_BYTES) this.settle(reserved, user, answered);
  }

  /** Sets right what was reserved. @param user who was answered. */
  settle(reserved: Reservation, user: string | undefined, answered: number): void {
    const more = Math.max(0, answered - FREE_BYTES) - reserved.bytes;
    if (more === 0) return;
    reserved.bytes += more;
    if (reserved.isOfGateway) {
      if (this.gateway !== undefined && this.gateway.debtMs() < RESUME_DEBT_MS) this.gateway.take(more);
      return;
    }
    this.gateway?.take(more);
    if (user !== undefined) this.bucketOf(user)?.take(more);
  }

  private bucketOf(user: string): TokenBucket | undefined {
    if (this.rates.user === 0) return undefined;
    const known = this.users.get(user);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(rateOf(this.rates.user, USER_BURST_SECONDS));
    this.users.set(user, bucket);
    return bucket;
  }
}

const rateOf = (perSecond: number, burstSeconds: number): TokenRate => ({
  perSecond,
  burst: perSecond * burstSeconds,
});

/** Bytes that the answer may have; undefined for a frame that reads nothing. */
function bytesExpected(request: Request): number | undefined {
  switch (request.type) {
    case 'channelJoin':
      return (request.channelJoin.limit ?? LIMITS.messagesOnJoin) * BYTES_PER_MESSAGE;
    case 'channelMessages':
      return (request.channelMessages.limit ?? LIMITS.messagesOnJoin) * BYTES_PER_MESSAGE;
    case 'users':
      return (request.users.limit ?? LIMITS.usersPerPage) * BYTES_PER_USER;
    case 'contacts':
      return (request.contacts.limit ?? LIMITS.contactsPerPage) * BYTES_PER_USER;
    case 'contactAdd':
    case 'contactRemove':
    case 'block':
    case 'unblock':
    case 'resume':
    case 'inbox':
      return 0;
    default:
      return undefined;
  }
}

/** Takes tokens, and waits while the bucket was in debt before. */
async function holdFor(bucket: TokenBucket | undefined, tokens = 0): Promise<void> {
  const debtMs = bucket?.debtMs() ?? 0;
  if (debtMs > LONGEST_HOLD_MS) return refuseLater(debtMs);
  bucket?.take(tokens);
  await hold(debtMs);
}

/** Refuses frames that came together each at a random moment: clients that connect again at once would else come back in waves. */
async function refuseLater(debtMs: number): Promise<never> {
  const holdMs = Math.round(LONGEST_HOLD_MS * (1 - Math.random() / 2));
  await hold(holdMs);
  throw new AppError('RATE_LIMITED', { retryAfterMs: debtMs - holdMs });
}

async function hold(ms: number): Promise<void> {
  if (ms === 0) return;
  heldReads.inc();
  await new Promise((resolve) => setTimeout(resolve, ms));
}
