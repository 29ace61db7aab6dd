import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { type AuthContract, type SignInReply, sessionUUIDOf, type UsersContract } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { listedSessions } from '../users/listed-sessions.js';
import { type Credentials, SignIns } from '../users/sign-ins.js';
import { TokenSignIns } from '../users/token-sign-ins.js';
import type { Caller } from './caller.js';
import { Asked, By, Operation, RestController } from './operation.decorator.js';
import { writeOnce } from './write-once.js';

/** Sessions: signing in by password or token, and ending sessions. */
@RestController()
export class SessionsController {
  constructor(
    @Inject(clientOf('auth')) private readonly auth: ServiceClient<AuthContract>,
    @Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>,
    private readonly signIns: SignIns,
    private readonly tokens: TokenSignIns,
  ) {}

  @Operation('createSession')
  async create(
    @Asked() { body }: RestAsked<'createSession'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'createSession'>> {
    const { user, sessionId, accessKey, token } =
      'token' in body
        ? await this.tokens.open({ ...body, address: by.address }, newKey)
        : { ...(await this.byPassword({ ...body, address: by.address })), token: undefined };
    const expiresAt = token && { expiresAt: new Date(token.expiresAt).toISOString() };
    return { userUUID: user.UUID, sessionUUID: sessionUUIDOf(sessionId), accessKey, ...expiresAt };
  }

  @Operation('listSessions')
  async list(@By() by: Caller): Promise<RestAnswer<'listSessions'>> {
    const { user, sessionId } = by;
    const userUUID = user.UUID;
    const { total, sessions } = await this.auth.ask('auth.listSessions', { userUUID });
    return { total, sessions: listedSessions(sessions, sessionId) };
  }

  @Operation('endSessions')
  endAll(@By() by: Caller): Promise<RestAnswer<'endSessions'>> {
    return this.end(by);
  }

  @Operation('endSession')
  endOne(
    @Asked() { params: { sessionUUID } }: RestAsked<'endSession'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'endSession'>> {
    return this.end(by, [sessionUUID === 'current' ? currentOf(by) : sessionUUID]);
  }

  /**
   * On the wire, an unknown name becomes an account. A program that misspells one must not make another. A name that is known is
   * asked for as on the wire, which an auth of the release before knows, too.
   */
  private async byPassword(credentials: Credentials): Promise<SignInReply> {
    const known = await this.users.ask('users.lookupNames', { names: [credentials.username] });
    if (known.users.length === 0) return this.signIns.askKnown(credentials, newKey);
    return this.signIns.ask('signIn', credentials, newKey);
  }

  private async end(by: Caller, sessionUUIDs?: readonly string[]): Promise<{ ended: number }> {
    const userUUID = by.user.UUID;
    const { ended } = await writeOnce(
      this.auth,
      'auth.endSessions',
      { userUUID, sessionUUIDs },
      by.requestKey(),
    );
    return { ended };
  }
}

const newKey = (): string => `rest:${randomUUID()}`;

/** @throws AppError INVALID_FIELD for a caller without a session. */
function currentOf({ sessionId }: Caller): string {
  if (sessionId !== undefined) return sessionUUIDOf(sessionId);
  throw new AppError('INVALID_FIELD', {
    message: 'path.sessionUUID: expected a UUID, because a token has no session',
  });
}
