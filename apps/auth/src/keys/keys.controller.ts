import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  type AuthContract,
  type AuthOperatorContract,
  type OutcomeOf,
  type Part,
  type ReplyOf,
  type RequestTo,
  UnopenedError,
} from '@parley/contracts';
import type { RedisTransportContext } from '@parley/redis-transport';
import { answerEach, LOGGER, type Logger, OperatorPattern } from '@parley/service-kit';
import type { Observable } from 'rxjs';
import { refuseTooMany } from '../auth.service.js';
import { requestKey } from '../request-key.js';
import { AnnouncementsService } from './announcements.service.js';
import { AuditRepository } from './audit.repository.js';
import { BotsService } from './bots.service.js';
import { ByKey } from './by-key.service.js';
import { KeyOpening } from './key-opening.service.js';
import { KeysService } from './keys.service.js';

type Contracts = AuthContract & AuthOperatorContract;
type Request<P extends keyof Contracts> = RequestTo<Contracts, P>;
type Reply<P extends keyof Contracts> = Promise<ReplyOf<Contracts, P>>;

/** Who makes keys by the operators' command. */
const COMMAND = 'command';

/** Answers the requests about keys of operators and bots, and what these keys ask for. */
@Controller()
export class KeysController {
  constructor(
    private readonly opening: KeyOpening,
    private readonly keys: KeysService,
    private readonly bots: BotsService,
    private readonly audit: AuditRepository,
    private readonly announcements: AnnouncementsService,
    private readonly byKey: ByKey,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern('auth.openKeys')
  open(
    @Payload() { uses, parts }: Request<'auth.openKeys'>,
  ): Observable<Part<OutcomeOf<Contracts, 'auth.openKeys'>>> {
    refuseTooMany('uses', uses);
    return answerEach({ items: uses, parts, logger: this.logger }, (use) => this.opening.open(use));
  }

  @MessagePattern('auth.settleUses')
  settle(
    @Payload() { outcomes, parts }: Request<'auth.settleUses'>,
  ): Observable<Part<OutcomeOf<Contracts, 'auth.settleUses'>>> {
    refuseTooMany('outcomes', outcomes);
    return answerEach({ items: outcomes, parts, logger: this.logger }, async (outcome) => {
      await this.audit.settle(outcome);
      return {};
    });
  }

  @MessagePattern('auth.byKey')
  run(@Payload() request: Request<'auth.byKey'>, @Ctx() context: RedisTransportContext): Reply<'auth.byKey'> {
    return this.byKey.run(request, requestKey(context));
  }

  @MessagePattern('auth.signInByKey')
  async signIn(
    @Payload() request: Request<'auth.signInByKey'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.signInByKey'> {
    try {
      return await this.bots.signIn(request, requestKey(context));
    } catch (error) {
      if (!(error instanceof UnopenedError)) throw error;
      this.logger.warn({ err: error }, 'a request could not be opened');
      return { unopened: true };
    }
  }

  @OperatorPattern('auth.createKey')
  create(@Payload() request: Request<'auth.createKey'>): Reply<'auth.createKey'> {
    return this.keys.create(request, COMMAND);
  }

  @OperatorPattern('auth.createBot')
  createBot(
    @Payload() request: Request<'auth.createBot'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.createBot'> {
    return this.bots.create(request, requestKey(context), COMMAND);
  }

  @OperatorPattern('auth.listKeys')
  async list(): Reply<'auth.listKeys'> {
    return { keys: await this.keys.list() };
  }

  @OperatorPattern('auth.revokeKey')
  revoke(@Payload() { id }: Request<'auth.revokeKey'>): Reply<'auth.revokeKey'> {
    return this.keys.revoke(id);
  }

  @OperatorPattern('auth.audit')
  readAudit(@Payload() request: Request<'auth.audit'>): Reply<'auth.audit'> {
    return this.audit.page(request);
  }

  @OperatorPattern('auth.announce')
  announce(@Payload() { text }: Request<'auth.announce'>): Reply<'auth.announce'> {
    return this.announcements.announce(text);
  }
}
