import { Inject, Injectable } from '@nestjs/common';
import {
  type Identity,
  SESSION_ENDED,
  type SessionEnded,
  type SessionRef,
  type SignInReply,
  sessionOf,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { EventPublisher, type Events } from '@parley/service-kit';
import { CREDENTIAL_STORE, type Credential, type CredentialStore } from './credential-store.js';
import { PasswordCheck } from './password-check.js';
import { PROFILES, type Profiles } from './profiles.js';
import { type AnySignIn, type OpenedSignIn, RequestSeals } from './request-seals.js';
import { newUserUUID } from './request-secrets.js';
import { SESSION_STORE, type SessionStore } from './session-store.js';
import { type Attempt, SignInThrottle } from './sign-in-throttle.js';

/** The most sessions that one request may extend, as the contract says. */
const KEPT_AT_ONCE = 1_000;

/** The rules of signing up, in and out. */
@Injectable()
export class AuthService {
  constructor(
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    private readonly passwords: PasswordCheck,
    private readonly throttle: SignInThrottle,
    @Inject(PROFILES) private readonly profiles: Profiles,
    @Inject(EventPublisher) private readonly events: Events,
    private readonly seals: RequestSeals,
  ) {}

  /**
   * Creates an account and a session.
   * @param requestKey names the request: the same each time this request is handled, and different for every other request.
   * @throws AppError USERNAME_TAKEN, RATE_LIMITED, OVERLOADED
   * @throws UnopenedError when its secrets were sealed to a key that is not here; nothing was done.
   */
  async signUp(request: AnySignIn, requestKey: string): Promise<SignInReply> {
    await this.throttle.check(attemptOf(request, requestKey));
    const opened = await this.seals.open('signUp', request, requestKey);
    const { password } = opened;
    const newcomer = newcomerOf(request, requestKey);
    const { user, passwordHash, fresh } = await this.findOrCreate(newcomer, password);
    if (user.UUID !== newcomer.UUID) throw new AppError('USERNAME_TAKEN');
    // Ours and not fresh: this request was handled before. Checking that it brings the same password is cheap.
    if (!fresh && !(await this.passwords.matches(passwordHash, password))) {
      throw new AppError('USERNAME_TAKEN');
    }
    return this.authorize(user, opened, true);
  }

  /**
   * Opens a session. An unknown username becomes an account, so that no answer reveals who has one.
   * @param requestKey as for {@link signUp}.
   * @throws AppError WRONG_PASSWORD, RATE_LIMITED, OVERLOADED; USERNAME_TAKEN if the account cannot be completed.
   * @throws UnopenedError as {@link signUp}.
   */
  async signIn(request: AnySignIn, requestKey: string): Promise<SignInReply> {
    const attempt = attemptOf(request, requestKey);
    await this.throttle.check(attempt);
    const opened = await this.seals.open('signIn', request, requestKey);
    const { password } = opened;
    const newcomer = newcomerOf(request, requestKey);
    const credential = await this.findOrCreate(newcomer, password);
    if (!credential.fresh) {
      const right = await this.passwords.guess(attempt, credential.passwordHash, password);
      if (!right) throw new AppError('WRONG_PASSWORD');
      await this.renewHash(credential, password);
    }
    return this.authorize(credential.user, opened, credential.user.UUID === newcomer.UUID);
  }

  /** Extends the life of a session. Returns its user, null for a session that has ended. Those of one turn are one step. */
  async openSession(session: SessionRef): Promise<Identity | null> {
    return (await this.sessions.keep(session)) ?? null;
  }

  /**
   * Extends the lives of sessions. Returns each one's user, null for a session that has ended.
   * @throws AppError INVALID_FIELD for too many sessions.
   */
  async openSessions(sessions: readonly SessionRef[]): Promise<(Identity | null)[]> {
    const users = await this.keepAll(sessions);
    return users.map((user) => user ?? null);
  }

  /** Ends a session and tells every gateway. A repeated request publishes the event again: a crash may have lost the first one. */
  async signOut(session: SessionRef): Promise<void> {
    await this.sessions.end(session);
    await this.tellEnded(session);
  }

  /**
   * Extends the sessions that are in use. Returns the ids of those that have ended.
   * @throws AppError INVALID_FIELD for too many sessions.
   */
  async keepSessions(sessions: readonly SessionRef[]): Promise<string[]> {
    const users = await this.keepAll(sessions);
    return sessions.filter((_, index) => !users[index]).map(({ sessionId }) => sessionId);
  }

  private keepAll(sessions: readonly SessionRef[]): Promise<(Identity | undefined)[]> {
    refuseTooMany(sessions);
    return Promise.all(sessions.map((session) => this.sessions.keep(session)));
  }

  /** The username's credential, which may be another user's; `fresh` if this call created it from this password. */
  private async findOrCreate(user: Identity, password: string): Promise<Credential & { fresh: boolean }> {
    const { credentials, passwords } = this;
    const known = await credentials.find(user.Username);
    if (known) return { ...known, fresh: false };
    const passwordHash = await passwords.hash(password);
    const stored = await credentials.create({ user, passwordHash });
    return { ...stored, fresh: stored.passwordHash === passwordHash };
  }

  /**
   * The steps after the password: profile, session, reply. The credential is stored by now. If a crash prevents the
   * profile, the next sign-in creates it here.
   */
  private async authorize(user: Identity, opened: OpenedSignIn, created: boolean): Promise<SignInReply> {
    await this.ensureProfile(user);
    const accessKey = opened.accessKey(user.UUID);
    const { sessionId } = sessionOf(accessKey)!;
    const ended = await this.sessions.create(user, sessionId);
    // A crash between these two loses the events, not the ends: the gateways check their sessions regularly.
    await Promise.all(ended.map((oldest) => this.tellEnded({ userUUID: user.UUID, sessionId: oldest })));
    return { user, sessionId, accessKey: opened.seal(accessKey), created };
  }

  /** Removes the credential if another user's profile has its name: it could never be used. */
  private async ensureProfile(user: Identity): Promise<void> {
    try {
      await this.profiles.ensure(user);
    } catch (error) {
      if (error instanceof AppError && error.name === 'USERNAME_TAKEN') {
        await this.credentials.remove(user);
      }
      throw error;
    }
  }

  /** Renews a hash that was made at another cost. When the hashing queue is full, the next sign-in does it. */
  private async renewHash(credential: Credential, password: string): Promise<void> {
    const { credentials, passwords } = this;
    if (!passwords.isOutdated(credential.passwordHash)) return;
    try {
      await credentials.replaceHash(credential, await passwords.hash(password));
    } catch (error) {
      if (!(error instanceof AppError && error.name === 'OVERLOADED')) throw error;
    }
  }

  private tellEnded(session: SessionRef): Promise<void> {
    const { userUUID, sessionId } = session;
    return this.events.publish<SessionEnded>(SESSION_ENDED, { userUUID, sessionId });
  }
}

/** @throws AppError INVALID_FIELD for more sessions than one request may name. */
export function refuseTooMany(sessions: readonly SessionRef[]): void {
  if (sessions.length > KEPT_AT_ONCE)
    throw new AppError('INVALID_FIELD', { message: `sessions: expected at most ${KEPT_AT_ONCE}` });
}

const newcomerOf = ({ username }: AnySignIn, requestKey: string): Identity => ({
  UUID: newUserUUID(requestKey, username),
  Username: username,
});

const attemptOf = ({ username, address }: AnySignIn, id: string): Attempt => ({ id, username, address });
