import type { Identity, SessionRef } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { Admission, Guest } from './admission.js';
import { Deadline } from './deadline.js';
import { UserClaim } from './user-claim.js';

/** Who is signed in on a connection, and by which session. */
export interface Session extends SessionRef {
  readonly user: Identity;
}

/** The connection that a {@link Standing} is of. */
export interface StandingOwner extends Guest {
  /** From now on what the client sends counts among what comes from users, or among the rest. */
  countAs(isSignedIn: boolean): void;
  /** The time is over for which a token lets its user stay. */
  expire(): void;
}

/**
 * How one connection stands with the gateway: who is signed in, until when, and as whose it counts. All of it changes in one
 * step, so that a connection never counts as another's than that of who is signed in, or is about to be.
 */
export class Standing {
  private current: Session | undefined;
  private readonly claimed: UserClaim;
  /** When the token expires that signed in, if one did. */
  private expiry: Deadline | undefined;
  private isOver = false;

  constructor(
    private readonly owner: StandingOwner,
    private readonly admission: Admission,
  ) {
    this.claimed = new UserClaim(admission);
  }

  /** Who is signed in, if anybody is. */
  get session(): Session | undefined {
    return this.current;
  }

  /**
   * Counts the connection as one of a user who is about to be signed in, in place of any other.
   * @throws AppError LIMIT_REACHED when the user has as many as are allowed; then nothing has changed.
   */
  claim(userUUID: string): void {
    this.claimed.take(userUUID);
  }

  /** The user of the last claim is not signed in after all. */
  dropClaim(): void {
    if (!this.claimed.isOf(this.current?.userUUID)) this.claimed.drop();
  }

  /**
   * Who is signed in.
   * @throws AppError NOT_SIGNED_IN when nobody is.
   */
  signedIn(): Session {
    if (this.current === undefined) throw new AppError('NOT_SIGNED_IN');
    return this.current;
  }

  /**
   * From now on this session is signed in, in place of any other.
   * @param remainingMs how long it may stay, if a token began the session.
   */
  signIn(session: Session, remainingMs: number | undefined): void {
    this.current = session;
    this.limitTo(remainingMs);
    this.owner.countAs(true);
    this.admission.stopWaiting(this.owner);
  }

  /** From now on the owner is told to expire after this time, in milliseconds; without one, it may stay. */
  limitTo(remainingMs: number | undefined): void {
    this.expiry?.cancel();
    const isLimited = remainingMs !== undefined && !this.isOver;
    this.expiry = isLimited ? new Deadline(remainingMs, () => this.owner.expire()) : undefined;
  }

  /** From now on nobody is signed in. */
  signOut(): void {
    this.limitTo(undefined);
    // The claim of a user who signs in next stays.
    if (this.claimed.isOf(this.current?.userUUID)) this.claimed.drop();
    this.current = undefined;
    this.owner.countAs(false);
    this.admission.wait(this.owner);
  }

  /** The connection has ended: nothing expires any more. It counts as before until {@link release}. */
  end(): void {
    this.isOver = true;
    this.limitTo(undefined);
  }

  /** From now on the connection counts as nobody's. */
  release(): void {
    this.claimed.drop();
  }
}
