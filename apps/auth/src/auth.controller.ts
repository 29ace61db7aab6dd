import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  type AuthContract,
  type OutcomeOf,
  type Part,
  type ReplyOf,
  type RequestTo,
  type SessionRef,
  type Unopened,
  UnopenedError,
} from '@parley/contracts';
import type { RedisTransportContext } from '@parley/redis-transport';
import { answerEach, LOGGER, type Logger } from '@parley/service-kit';
import type { Observable } from 'rxjs';
import { AuthService, refuseTooMany } from './auth.service.js';
import { requestKey } from './request-key.js';

type Request<P extends keyof AuthContract> = RequestTo<AuthContract, P>;
type Outcome<P extends keyof AuthContract> = OutcomeOf<AuthContract, P>;
type Reply<P extends keyof AuthContract> = Promise<ReplyOf<AuthContract, P>>;

/** Answers the requests of the auth contract. */
@Controller()
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern('auth.signUpSealed')
  signUpSealed(
    @Payload() request: Request<'auth.signUpSealed'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.signUpSealed'> {
    return this.auth.signUp(request, requestKey(context)).catch((error) => this.unopened(error));
  }

  @MessagePattern('auth.signInSealed')
  signInSealed(
    @Payload() request: Request<'auth.signInSealed'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.signInSealed'> {
    return this.auth.signIn(request, requestKey(context)).catch((error) => this.unopened(error));
  }

  @MessagePattern('auth.signInKnown')
  signInKnown(
    @Payload() request: Request<'auth.signInKnown'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.signInKnown'> {
    return this.auth
      .signIn(request, requestKey(context), 'signInKnown')
      .catch((error) => this.unopened(error));
  }

  /** For gateways of the release before, for one release longer. */
  @MessagePattern('auth.signUp')
  signUp(
    @Payload() request: Request<'auth.signUp'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.signUp'> {
    return this.auth.signUp(request, requestKey(context));
  }

  /** For gateways of the release before, for one release longer. */
  @MessagePattern('auth.signIn')
  signIn(
    @Payload() request: Request<'auth.signIn'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.signIn'> {
    return this.auth.signIn(request, requestKey(context));
  }

  @MessagePattern('auth.openSessions')
  openSessions(
    @Payload() { sessions, parts }: Request<'auth.openSessions'>,
  ): Reply<'auth.openSessions'> | Observable<Part<Outcome<'auth.openSessions'>>> {
    if (!parts) return this.openAll(sessions);
    return this.each(sessions, async (session) => {
      const { user = null, token } = (await this.auth.openSession(session)) ?? {};
      return { user, ...(token && { token }) };
    });
  }

  @MessagePattern('auth.signOut')
  async signOut(@Payload() session: Request<'auth.signOut'>): Reply<'auth.signOut'> {
    await this.auth.signOut(session);
    return {};
  }

  @MessagePattern('auth.keepSessions')
  keepSessions(
    @Payload() { sessions, parts }: Request<'auth.keepSessions'>,
  ): Reply<'auth.keepSessions'> | Observable<Part<Outcome<'auth.keepSessions'>>> {
    if (!parts) return this.keepAll(sessions);
    return this.each(sessions, async (session) => ({
      alive: (await this.auth.openSession(session)) !== undefined,
    }));
  }

  private unopened(error: unknown): Unopened {
    if (!(error instanceof UnopenedError)) throw error;
    this.logger.warn({ err: error }, 'a request could not be opened');
    return { unopened: true };
  }

  private each<Answer>(
    sessions: readonly SessionRef[],
    answer: (session: SessionRef) => Promise<Answer>,
  ): Observable<Part<Answer>> {
    refuseTooMany('sessions', sessions);
    return answerEach({ items: sessions, parts: true, logger: this.logger }, answer);
  }

  /** The answer to a gateway of the release before, for one release longer: an item that fails is the failure of all. */
  private async openAll(sessions: readonly SessionRef[]): Reply<'auth.openSessions'> {
    return { users: await this.auth.openSessions(sessions) };
  }

  /** As `openAll`. */
  private async keepAll(sessions: readonly SessionRef[]): Reply<'auth.keepSessions'> {
    return { ended: await this.auth.keepSessions(sessions) };
  }
}
