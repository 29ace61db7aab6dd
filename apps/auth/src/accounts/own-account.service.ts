import { Inject, Injectable } from '@nestjs/common';
import {
  type AskingUser,
  type Identity,
  type ProofRequest,
  type SessionSummary,
  sessionUUIDOf,
} from '@parley/contracts';
import { AppError, LIMITS } from '@parley/protocol';
import { CREDENTIAL_STORE, type Credential, type CredentialStore } from '../credential-store.js';
import { PasswordCheck } from '../password-check.js';
import { RequestSeals } from '../request-seals.js';
import { SESSION_BOUNDS, SESSION_STORE, type SessionBounds, type SessionStore } from '../session-store.js';
import { type Attempt, SignInThrottle } from '../sign-in-throttle.js';
import { AccountRemoval } from './account-removal.js';
import { SessionEnds } from './session-ends.js';

/** What users may do to their own accounts. */
@Injectable()
export class OwnAccountService {
  constructor(
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    @Inject(SESSION_STORE) private readonly store: SessionStore,
    @Inject(SESSION_BOUNDS) private readonly bounds: SessionBounds,
    private readonly passwords: PasswordCheck,
    private readonly throttle: SignInThrottle,
    private readonly ends: SessionEnds,
    private readonly removal: AccountRemoval,
    private readonly seals: RequestSeals,
  ) {}

  /**
   * Changes a password, and ends every other session.
   * @param requestKey names the request: the same each time this request is handled, and different for every other request.
   * @returns how many sessions that ended.
   * @throws AppError WRONG_PASSWORD, RATE_LIMITED, SESSION_EXPIRED, OVERLOADED
   * @throws UnopenedError when its secrets were sealed to a key that is not here; nothing was done.
   */
  async changePassword(asked: ProofRequest, requestKey: string): Promise<number> {
    const names = ['password', 'newPassword'] as const;
    const secrets = await this.seals.openProof('auth.changePassword', asked, requestKey, names);
    const credential = await this.prove(asked, secrets.password, requestKey);
    // Changed by this request already if a replica died over it: then only the end of the sessions is left to do.
    if (credential.changedBy !== requestKey) {
      const newHash = await this.passwords.hash(secrets.newPassword, attemptOf(asked, requestKey));
      const isChanged = await this.credentials.changePassword(credential, newHash, requestKey);
      // The password was changed by another request meanwhile: what was right is wrong now.
      if (!isChanged) throw new AppError('WRONG_PASSWORD');
    }
    return this.ends.endAll(asked.user.UUID, 'ended', asked.sessionId);
  }

  /** The sessions of a user, as many as a list holds: those used last first. */
  async sessions(userUUID: string): Promise<{ total: number; sessions: SessionSummary[] }> {
    const { total, sessions } = await this.store.list(userUUID, LIMITS.sessionsPerPage);
    const summaries = sessions.map(({ sessionId, endsAt, expiresAt = endsAt }) => ({
      sessionUUID: sessionUUIDOf(sessionId),
      usedAt: endsAt - this.bounds.ttlMs,
      expiresAt: Math.min(endsAt, expiresAt),
    }));
    return { total, sessions: summaries };
  }

  /**
   * Ends sessions of a user: those with these UUIDs, or all.
   * @returns how many.
   * @throws AppError INVALID_FIELD for too many UUIDs.
   */
  endSessions(userUUID: string, sessionUUIDs: readonly string[] | undefined): Promise<number> {
    if (sessionUUIDs === undefined) return this.ends.endAll(userUUID, 'ended');
    const most = LIMITS.sessionsPerPage;
    if (sessionUUIDs.length > most)
      throw new AppError('INVALID_FIELD', { message: `sessionUUIDs: expected at most ${most}` });
    return this.ends.endThese(userUUID, sessionUUIDs);
  }

  /**
   * Deletes an account.
   * @param requestKey as for {@link changePassword}.
   * @throws AppError as {@link changePassword}
   */
  async remove(asked: ProofRequest, requestKey: string): Promise<void> {
    const { password } = await this.seals.openProof('auth.deleteAccount', asked, requestKey, ['password']);
    await this.prove(asked, password, requestKey);
    await this.removal.remove(asked.user, requestKey);
  }

  /**
   * The user's credential, if the password is right: a wrong one counts as a failed sign-in. A request that was handled before,
   * and has changed the credential, is not asked again for the password that it replaced.
   */
  private async prove(asked: AskingUser, password: string, requestKey: string): Promise<Credential> {
    const { user } = asked;
    const credential = await this.credentialOf(user);
    if (credential.changedBy === requestKey) return credential;
    const attempt = attemptOf(asked, requestKey);
    await this.throttle.check(attempt);
    const isAlive =
      (await this.store.keep({ userUUID: user.UUID, sessionId: asked.sessionId })) !== undefined;
    if (!isAlive) throw new AppError('SESSION_EXPIRED');
    // A living session is not a stranger's: only the failures of the pair count.
    if (!(await this.passwords.guess(attempt, credential.passwordHash, password, true)))
      throw new AppError('WRONG_PASSWORD');
    return credential;
  }

  private async credentialOf({ UUID, Username }: Identity): Promise<Credential> {
    const credential = await this.credentials.find(Username);
    if (credential?.user.UUID !== UUID) throw new AppError('SESSION_EXPIRED');
    if (credential.external !== undefined)
      throw new AppError('FORBIDDEN', { message: 'This account has no password.' });
    return { ...credential, user: { UUID, Username } };
  }
}

const attemptOf = ({ user, address }: AskingUser, id: string): Attempt => ({
  ...{ id, username: user.Username, address },
});
