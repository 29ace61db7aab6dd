import type { Admission } from './admission.js';

/** The user among whose connections one connection counts: who is signed in on it, or is about to be. */
export class UserClaim {
  private userUUID: string | undefined;

  constructor(private readonly admission: Pick<Admission, 'claim' | 'unclaim'>) {}

  /** Whether the connection counts as this user's; with undefined, as nobody's. */
  isOf(userUUID: string | undefined): boolean {
    return this.userUUID === userUUID;
  }

  /**
   * From now on the connection counts as this user's, in place of any other.
   * @throws AppError LIMIT_REACHED when the user has as many as are allowed; then nothing has changed.
   */
  take(userUUID: string): void {
    if (this.isOf(userUUID)) return;
    this.admission.claim(userUUID);
    this.drop();
    this.userUUID = userUUID;
  }

  /** From now on the connection counts as nobody's. */
  drop(): void {
    if (this.userUUID !== undefined) this.admission.unclaim(this.userUUID);
    this.userUUID = undefined;
  }
}
