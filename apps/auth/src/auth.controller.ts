import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { AuthContract, ReplyOf, RequestTo } from '@parley/contracts';
import type { RedisTransportContext } from '@parley/redis-transport';
import { AuthService } from './auth.service.js';

type Asked<P extends keyof AuthContract> = RequestTo<AuthContract, P>;
type Answer<P extends keyof AuthContract> = Promise<ReplyOf<AuthContract, P>>;

/** Answers the requests of the auth contract. */
@Controller()
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @MessagePattern('auth.signUp')
  signUp(
    @Payload() credentials: Asked<'auth.signUp'>,
    @Ctx() context: RedisTransportContext,
  ): Answer<'auth.signUp'> {
    return this.auth.signUp(credentials, requestKey(context));
  }

  @MessagePattern('auth.signIn')
  signIn(
    @Payload() credentials: Asked<'auth.signIn'>,
    @Ctx() context: RedisTransportContext,
  ): Answer<'auth.signIn'> {
    return this.auth.signIn(credentials, requestKey(context));
  }

  @MessagePattern('auth.openSessions')
  async openSessions(@Payload() { sessions }: Asked<'auth.openSessions'>): Answer<'auth.openSessions'> {
    return { users: await this.auth.openSessions(sessions) };
  }

  @MessagePattern('auth.signOut')
  async signOut(@Payload() session: Asked<'auth.signOut'>): Answer<'auth.signOut'> {
    await this.auth.signOut(session);
    return {};
  }

  @MessagePattern('auth.keepSessions')
  async keepSessions(@Payload() { sessions }: Asked<'auth.keepSessions'>): Answer<'auth.keepSessions'> {
    return { ended: await this.auth.keepSessions(sessions) };
  }
}

/** What stays the same when a request is sent or handled again. */
const requestKey = (context: RedisTransportContext): string =>
  context.getIdempotencyKey() ?? context.getRequestId();
