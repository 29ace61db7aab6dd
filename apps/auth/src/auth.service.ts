import {
  type Authorized,
  type Credentials,
  type Identity,
  SESSION_ENDED,
  type Sealer,
  type SessionEnded,
  type SessionRef,
  sessionOf,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { Credential, CredentialStore } from './credential-store.js';
import type { PasswordCheck } from './password-check.js';
import type { Profiles } from './profiles.js';
import type { RequestSecrets } from './request-secrets.js';
import type { SessionStore } from './session-store.js';
import type { Attempt, SignInThrottle } from './sign-in-throttle.js';

/** Tells the other services; resolves when the event is stored. */
export interface Events {
  publish<T>(pattern: string, event: T): Promise<void>;
}

/** What the rules of auth rest on. */
export interface AuthParts {
  readonly credentials: CredentialStore;
  readonly sessions: SessionStore;
  readonly passwords: PasswordCheck;
  readonly throttle: SignInThrottle;
  readonly profiles: Profiles;
  readonly events: Events;
  readonly secrets: RequestSecrets;
  readonly sealer: Sealer;
}

/** Sessions that may be kept alive at once, as the contract says. */
const KEPT_AT_ONCE = 1_000;

/** The rules of signing up, in and out. */
export class AuthService {
  constructor(private readonly parts: AuthParts) {}

  /**
   * Makes an account and a session.
   * @param requestKey is the same whenever this request is handled, and another for every other request.
   * @throws AppError USERNAME_TAKEN, RATE_LIMITED, OVERLOADED
   */
  async signUp(request: Credentials, requestKey: string): Promise<Authorized> {
    await this.parts.throttle.check(attemptOf(request, requestKey));
    const password = this.parts.sealer.open(request.password);
    const newcomer = this.newcomer(request, requestKey);
    const { user, passwordHash, fresh } = await this.findOrCreate(newcomer, password);
    if (user.UUID !== newcomer.UUID) throw new AppError('USERNAME_TAKEN');
    // Ours and not fresh: this request has been here before. That it brings the same password is cheap to make sure of.
    if (!fresh && !(await this.parts.passwords.matches(passwordHash, password))) {
      throw new AppError('USERNAME_TAKEN');
    }
    return this.authorize(user, requestKey, true);
  }

  /**
   * Opens a session. An unknown username becomes an account, so that no answer tells who has one.
   * @param requestKey as for {@link signUp}.
   * @throws AppError WRONG_PASSWORD, RATE_LIMITED, OVERLOADED; USERNAME_TAKEN when the account cannot be completed.
   */
  async signIn(request: Credentials, requestKey: string): Promise<Authorized> {
    const attempt = attemptOf(request, requestKey);
    await this.parts.throttle.check(attempt);
    const password = this.parts.sealer.open(request.password);
    const newcomer = this.newcomer(request, requestKey);
    const credential = await this.findOrCreate(newcomer, password);
    if (!credential.fresh) {
      const right = await this.parts.passwords.guess(attempt, credential.passwordHash, password);
      if (!right) throw new AppError('WRONG_PASSWORD');
      await this.renewHash(credential, password);
    }
    return this.authorize(credential.user, requestKey, credential.user.UUID === newcomer.UUID);
  }

  /**
   * Extends the lives of sessions; answers whose each is, null for one that has ended.
   * @throws AppError INVALID_FIELD for too many.
   */
  async openSessions(sessions: readonly SessionRef[]): Promise<(Identity | null)[]> {
    const users = await this.keepAll(sessions);
    return users.map((user) => user ?? null);
  }

  /** Ends a session and tells every gateway, each time it is asked: the event may be what a crash has cost. */
  async signOut(session: SessionRef): Promise<void> {
    await this.parts.sessions.end(session);
    await this.tellEnded(session);
  }

  /**
   * Extends the sessions that are in use; answers the ids of those that have ended.
   * @throws AppError INVALID_FIELD for too many.
   */
  async keepSessions(sessions: readonly SessionRef[]): Promise<string[]> {
    const users = await this.keepAll(sessions);
    return sessions.filter((_, index) => !users[index]).map(({ sessionId }) => sessionId);
  }

  private keepAll(sessions: readonly SessionRef[]): Promise<(Identity | undefined)[]> {
    if (sessions.length > KEPT_AT_ONCE) {
      throw new AppError('INVALID_FIELD', { message: `sessions: expected at most ${KEPT_AT_ONCE}` });
    }
    return Promise.all(sessions.map((session) => this.parts.sessions.keep(session)));
  }

  private newcomer({ username }: Credentials, requestKey: string): Identity {
    return { UUID: this.parts.secrets.userUUID(requestKey, username), Username: username };
  }

  /** The username's credential, whoever's it is; `fresh` when this made it just now, of this password. */
  private async findOrCreate(user: Identity, password: string): Promise<Credential & { fresh: boolean }> {
    const { credentials, passwords } = this.parts;
    const known = await credentials.find(user.Username);
    if (known) return { ...known, fresh: false };
    const passwordHash = await passwords.hash(password);
    const stored = await credentials.create({ user, passwordHash });
    return { ...stored, fresh: stored.passwordHash === passwordHash };
  }

  /**
   * What comes after the password: profile, session, answer. The credential is stored by now; a crash before the
   * profile is there heals at the next sign-in, which passes here too.
   */
  private async authorize(user: Identity, requestKey: string, created: boolean): Promise<Authorized> {
    await this.ensureProfile(user);
    const accessKey = this.parts.secrets.accessKey(requestKey, user.UUID);
    const { sessionId } = sessionOf(accessKey)!;
    const ended = await this.parts.sessions.create(user, sessionId);
    // A crash between these two loses the events, not the end: the gateways ask after their sessions in any case.
    await Promise.all(ended.map((oldest) => this.tellEnded({ userUUID: user.UUID, sessionId: oldest })));
    return { user, sessionId, accessKey: this.parts.sealer.seal(accessKey), created };
  }

  /** A credential whose name belongs to another user's profile can never be used: it gives way. */
  private async ensureProfile(user: Identity): Promise<void> {
    try {
      await this.parts.profiles.ensure(user);
    } catch (error) {
      if (error instanceof AppError && error.name === 'USERNAME_TAKEN') {
        await this.parts.credentials.remove(user);
      }
      throw error;
    }
  }

  /** Brings the hash to today's cost. When everybody wants to hash, that waits for the next sign-in. */
  private async renewHash(credential: Credential, password: string): Promise<void> {
    const { credentials, passwords } = this.parts;
    if (!passwords.isOutdated(credential.passwordHash)) return;
    try {
      await credentials.replaceHash(credential, await passwords.hash(password));
    } catch (error) {
      if (!(error instanceof AppError && error.name === 'OVERLOADED')) throw error;
    }
  }

  private tellEnded(session: SessionRef): Promise<void> {
    const { userUUID, sessionId } = session;
    return this.parts.events.publish<SessionEnded>(SESSION_ENDED, { userUUID, sessionId });
  }
}

const attemptOf = ({ username, address }: Credentials, id: string): Attempt => ({ id, username, address });
