import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { AuthContract, ReplyOf, RequestTo } from '@parley/contracts';
import type { RedisTransportContext } from '@parley/redis-transport';
import { AuthService } from './auth.service.js';

type Request<P extends keyof AuthContract> = RequestTo<AuthContract, P>;
type Reply<P extends keyof AuthContract> = Promise<ReplyOf<AuthContract, P>>;

/** Answers the requests of the auth contract. */
@Controller()
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @MessagePattern('auth.signUp')
  signUp(
    @Payload() credentials: Request<'auth.signUp'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.signUp'> {
    return this.auth.signUp(credentials, requestKey(context));
  }

  @MessagePattern('auth.signIn')
  signIn(
    @Payload() credentials: Request<'auth.signIn'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.signIn'> {
    return this.auth.signIn(credentials, requestKey(context));
  }

  @MessagePattern('auth.openSessions')
  async openSessions(@Payload() { sessions }: Request<'auth.openSessions'>): Reply<'auth.openSessions'> {
    return { users: await this.auth.openSessions(sessions) };
  }

  @MessagePattern('auth.signOut')
  async signOut(@Payload() session: Request<'auth.signOut'>): Reply<'auth.signOut'> {
    await this.auth.signOut(session);
    return {};
  }

  @MessagePattern('auth.keepSessions')
  async keepSessions(@Payload() { sessions }: Request<'auth.keepSessions'>): Reply<'auth.keepSessions'> {
    return { ended: await this.auth.keepSessions(sessions) };
  }
}

/** Names a request: the same when it is sent or handled again. */
const requestKey = (context: RedisTransportContext): string =>
  context.getIdempotencyKey() ?? context.getRequestId();
