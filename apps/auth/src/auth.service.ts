import { Inject, Injectable } from '@nestjs/common';
import type { Identity, SessionRef, SignInReply } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { accountNamed } from './account-name.js';
import { CREDENTIAL_STORE, type Credential, type CredentialStore } from './credential-store.js';
import { PasswordCheck } from './password-check.js';
import { PROFILES, type Profiles } from './profiles.js';
import { Registration } from './registration.js';
import { type AnySignIn, type OpenedSignIn, RequestSeals } from './request-seals.js';
import { newUserUUID } from './request-secrets.js';
import { SessionStart } from './session-start.js';
import { type LivingSession, SESSION_STORE, type SessionStore } from './session-store.js';
import { SignInMethods } from './sign-in-methods.js';
import { placeOf } from './sign-in-place.js';
import { type Attempt, SignInThrottle } from './sign-in-throttle.js';

/** The most sessions, or tokens, that one request may be about, as the contract says. */
const KEPT_AT_ONCE = 1_000;

/** The rules of signing up, in and out. */
@Injectable()
export class AuthService {
  constructor(
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    private readonly passwords: PasswordCheck,
    private readonly throttle: SignInThrottle,
    private readonly registration: Registration,
    @Inject(PROFILES) private readonly profiles: Profiles,
    private readonly seals: RequestSeals,
    private readonly starts: SessionStart,
    private readonly methods: SignInMethods,
  ) {}

  /**
   * Creates an account and a session. It guesses nothing, so failed sign-ins do not count against it.
   * @param requestKey names the request: the same each time this request is handled, and different for every other request.
   * @throws AppError USERNAME_TAKEN, also if the username looks like another one; INVALID_FIELD if no new account may have it;
   *   RATE_LIMITED, OVERLOADED; FORBIDDEN while registration is closed, or where nobody signs in with a password.
   * @throws UnopenedError when its secrets were sealed to a key that is not here; nothing was done.
   */
  async signUp(request: AnySignIn, requestKey: string): Promise<SignInReply> {
    this.methods.require('password');
    this.registration.checkIsOpen();
    const { username, credential: known, refusal } = await accountNamed(this.credentials, request.username);
    if (refusal) throw refusal;
    const attempt = { id: requestKey, username, address: request.address };
    const opened = await this.seals.open('signUp', request, requestKey);
    const { password } = opened;
    const newcomer = newcomerOf(username, requestKey);
    const { user, passwordHash, fresh } = known
      ? { ...known, fresh: false }
      : await this.registration.create(newcomer, password, attempt);
    if (user.UUID !== newcomer.UUID) throw new AppError('USERNAME_TAKEN');
    // Ours and not fresh: this request was handled before. Checking that it brings the same password is cheap.
    if (!fresh && !(await this.passwords.matches(attempt, passwordHash, password))) {
      throw new AppError('USERNAME_TAKEN');
    }
    return this.authorize(user, opened, true);
  }

  /**
   * Opens a session. An unknown username becomes an account, or, where it may not, looks like a wrong password.
   * @param requestKey as for {@link signUp}.
   * @param type `signInKnown` where an unknown username may not.
   * @throws AppError WRONG_PASSWORD, RATE_LIMITED, OVERLOADED; USERNAME_TAKEN if an unknown username looks like another one;
   *   INVALID_FIELD if no new account may have it; FORBIDDEN where nobody signs in with a password.
   * @throws UnopenedError as {@link signUp}.
   */
  async signIn(
    request: AnySignIn,
    requestKey: string,
    type: 'signIn' | 'signInKnown' = 'signIn',
  ): Promise<SignInReply> {
    this.methods.require('password');
    const { username, refusal, ...found } = await accountNamed(this.credentials, request.username);
    const attempt = { id: requestKey, username, address: request.address };
    await this.throttle.check(attempt);
    const opened = await this.seals.open(type, request, requestKey);
    const { password } = opened;
    const newcomer = newcomerOf(username, requestKey);
    let { credential } = found;
    if (credential === undefined && type === 'signIn' && this.registration.signsUpAtSignIn) {
      if (refusal) throw refusal;
      const created = await this.registration.create(newcomer, password, attempt);
      if (created.fresh) return this.authorize(created.user, opened, true);
      credential = created;
    }
    const checked = await this.checkPassword(attempt, credential, password);
    const reply = await this.authorize(checked.user, opened, checked.user.UUID === newcomer.UUID);
    await this.refuseIfChanged(attempt.username, checked, reply);
    return reply;
  }

  /** Extends the life of a session. Returns undefined for one that has ended. Those of one turn are one step. */
  openSession(session: SessionRef): Promise<LivingSession | undefined> {
    return this.sessions.keep(session);
  }

  /**
   * Extends the lives of sessions. Returns each one's user, null for a session that has ended.
   * @throws AppError INVALID_FIELD for too many sessions.
   */
  async openSessions(sessions: readonly SessionRef[]): Promise<(Identity | null)[]> {
    const living = await this.keepAll(sessions);
    return living.map((session) => session?.user ?? null);
  }

  /** Ends a session and tells every gateway. A repeated request publishes the event again: a crash may have lost the first one. */
  signOut(session: SessionRef): Promise<void> {
    return this.starts.end(session);
  }

  /**
   * Extends the sessions that are in use. Returns the ids of those that have ended.
   * @throws AppError INVALID_FIELD for too many sessions.
   */
  async keepSessions(sessions: readonly SessionRef[]): Promise<string[]> {
    const living = await this.keepAll(sessions);
    return sessions.filter((_, index) => !living[index]).map(({ sessionId }) => sessionId);
  }

  private keepAll(sessions: readonly SessionRef[]): Promise<(LivingSession | undefined)[]> {
    refuseTooMany('sessions', sessions);
    return Promise.all(sessions.map((session) => this.sessions.keep(session)));
  }

  /** @throws AppError WRONG_PASSWORD, also if there is no credential; RATE_LIMITED, OVERLOADED. */
  private async checkPassword(
    attempt: Attempt,
    credential: Credential | undefined,
    password: string,
  ): Promise<Credential> {
    const place = placeOf(attempt.username, attempt.address);
    const isKnown = credential?.places.includes(place) ?? false;
    // An account that tokens open has none that could be right.
    const passwordHash = credential?.external === undefined ? credential?.passwordHash : undefined;
    const right = await this.passwords.guess(attempt, passwordHash, password, isKnown);
    if (!right || credential === undefined) throw new AppError('WRONG_PASSWORD');
    const { user, places } = credential;
    if (places[0] !== place) await this.credentials.rememberPlace(user, place);
    await this.passwords.renew(credential.passwordHash, password, (renewed) =>
      this.credentials.replaceHash(credential, renewed),
    );
    return credential;
  }

  /** A password that was changed while the old one was checked: its change has ended all sessions but may not have seen this one. */
  private async refuseIfChanged(
    username: string,
    { changedBy }: Credential,
    { user, sessionId }: SignInReply,
  ): Promise<void> {
    if ((await this.credentials.find(username))?.changedBy === changedBy) return;
    await this.signOut({ userUUID: user.UUID, sessionId });
    throw new AppError('WRONG_PASSWORD');
  }

  /**
   * The steps after the password: profile, session, reply. The credential is stored by now. If a crash prevents the
   * profile, the next sign-in creates it here.
   */
  private async authorize(user: Identity, opened: OpenedSignIn, created: boolean): Promise<SignInReply> {
    await this.ensureProfile(user);
    return { user, ...(await this.starts.begin(user, opened)), created };
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
}

/** @throws AppError INVALID_FIELD for more sessions, or tokens, than one request may name. */
export function refuseTooMany(field: string, items: readonly unknown[]): void {
  if (items.length > KEPT_AT_ONCE)
    throw new AppError('INVALID_FIELD', { message: `${field}: expected at most ${KEPT_AT_ONCE}` });
}

const newcomerOf = (username: string, requestKey: string): Identity => ({
  UUID: newUserUUID(requestKey, username),
  Username: username,
});
