import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  type AuthContract,
  type AuthOperatorContract,
  type OutcomeOf,
  type Part,
  type ReplyOf,
  type RequestTo,
  type Unopened,
  UnopenedError,
} from '@parley/contracts';
import type { RedisTransportContext } from '@parley/redis-transport';
import { answerEach, LOGGER, type Logger, OperatorPattern } from '@parley/service-kit';
import type { Observable } from 'rxjs';
import { refuseTooMany } from '../auth.service.js';
import { requestKey } from '../request-key.js';
import { Provisioning } from './provisioning.js';
import { Revocations } from './revocations.js';
import { TokenAccounts } from './token-accounts.service.js';
import { TokenIdentities } from './token-identities.service.js';
import { TokenSignInService } from './token-sign-in.service.js';

type Contracts = AuthContract & AuthOperatorContract;
type Request<P extends keyof Contracts> = RequestTo<Contracts, P>;
type Reply<P extends keyof Contracts> = Promise<ReplyOf<Contracts, P>>;

/** Answers the requests about tokens of the team's own identity provider. */
@Controller()
export class TokensController {
  constructor(
    private readonly tokens: TokenSignInService,
    private readonly identities: TokenIdentities,
    private readonly accounts: TokenAccounts,
    private readonly revocations: Revocations,
    private readonly provisioning: Provisioning,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern('auth.signInByToken')
  signIn(
    @Payload() request: Request<'auth.signInByToken'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.signInByToken'> {
    return this.tokens.signIn(request, requestKey(context)).catch((error) => this.unopened(error));
  }

  @MessagePattern('auth.refreshToken')
  refresh(
    @Payload() request: Request<'auth.refreshToken'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.refreshToken'> {
    return this.tokens.refresh(request, requestKey(context)).catch((error) => this.unopened(error));
  }

  @MessagePattern('auth.identifyByToken')
  identify(
    @Payload() request: Request<'auth.identifyByToken'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.identifyByToken'> {
    return this.identities.identify(request, requestKey(context)).catch((error) => this.unopened(error));
  }

  @MessagePattern('auth.openTokens')
  open(
    @Payload() { tokens, parts }: Request<'auth.openTokens'>,
  ): Observable<Part<OutcomeOf<Contracts, 'auth.openTokens'>>> {
    refuseTooMany('tokens', tokens);
    return answerEach({ items: tokens, parts, logger: this.logger }, async (token) => ({
      user: await this.identities.open(token),
    }));
  }

  @MessagePattern('auth.deleteAccountByToken')
  deleteAccount(
    @Payload() request: Request<'auth.deleteAccountByToken'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.deleteAccountByToken'> {
    return this.accounts.remove(request, requestKey(context)).then(
      () => ({}),
      (error) => this.unopened(error),
    );
  }

  @OperatorPattern('auth.revokeTokens')
  revoke(@Payload() external: Request<'auth.revokeTokens'>): Reply<'auth.revokeTokens'> {
    return this.revocations.revoke(external);
  }

  @OperatorPattern('auth.unrevokeTokens')
  unrevoke(@Payload() external: Request<'auth.unrevokeTokens'>): Reply<'auth.unrevokeTokens'> {
    return this.revocations.unrevoke(external);
  }

  @OperatorPattern('auth.provision')
  provision(
    @Payload() user: Request<'auth.provision'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.provision'> {
    return this.provisioning.provision(user, requestKey(context));
  }

  /** A box that cannot be opened is an answer: the gateway seals the token to another key. */
  private unopened(error: unknown): Unopened {
    if (!(error instanceof UnopenedError)) throw error;
    this.logger.warn({ err: error }, 'a request could not be opened');
    return { unopened: true };
  }
}
