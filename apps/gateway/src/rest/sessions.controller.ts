import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { type AuthContract, sessionUUIDOf, type UsersContract } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { listedSessions } from '../users/listed-sessions.js';
import { SignIns } from '../users/sign-ins.js';
import type { Caller } from './caller.js';
import { Asked, By, Operation, RestController } from './operation.decorator.js';
import { writeOnce } from './write-once.js';

/** Sessions: signing in by password, and ending sessions. */
@RestController()
export class SessionsController {
  constructor(
    @Inject(clientOf('auth')) private readonly auth: ServiceClient<AuthContract>,
    @Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>,
    private readonly signIns: SignIns,
  ) {}

  /** On the wire, an unknown name becomes an account. A program that misspells one must not make another. */
  @Operation('createSession')
  async create(
    @Asked() { body: { username, password } }: RestAsked<'createSession'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'createSession'>> {
    const known = await this.users.ask('users.lookupNames', { names: [username] });
    if (known.users.length === 0) throw new AppError('WRONG_PASSWORD', { message: UNKNOWN });
    const credentials = { username, password, address: by.address };
    const signedIn = await this.signIns.ask('signIn', credentials, () => `rest:${randomUUID()}`);
    const { user, sessionId, accessKey } = signedIn;
    return { userUUID: user.UUID, sessionUUID: sessionUUIDOf(sessionId), accessKey };
  }

  @Operation('listSessions')
  async list(@By() by: Caller): Promise<RestAnswer<'listSessions'>> {
    const { userUUID, sessionId } = by.session;
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
    return this.end(by, [sessionUUID === 'current' ? sessionUUIDOf(by.session.sessionId) : sessionUUID]);
  }

  private async end(by: Caller, sessionUUIDs?: readonly string[]): Promise<{ ended: number }> {
    const { userUUID } = by.session;
    const { ended } = await writeOnce(
      this.auth,
      'auth.endSessions',
      { userUUID, sessionUUIDs },
      by.requestKey(),
    );
    return { ended };
  }
}

const UNKNOWN = 'The username or the password is wrong.';
