import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type {
  ChannelsContract,
  HeadsRequest,
  LogId,
  OutcomeOf,
  Part,
  ReaderEpoch,
  ReplyOf,
  RequestTo,
} from '@parley/contracts';
import { RedisTransportContext } from '@parley/redis-transport';
import { answerEach, LOGGER, type Logger } from '@parley/service-kit';
import type { Observable } from 'rxjs';
import { Acquaintances } from './acquaintances.js';
import { LogsService } from './logs.service.js';
import { ReadsService } from './reads/reads.service.js';
import { deliveryOf } from './redis/delivery.js';

type Request<P extends keyof ChannelsContract> = RequestTo<ChannelsContract, P>;
type Outcome<P extends keyof ChannelsContract> = OutcomeOf<ChannelsContract, P>;
type Reply<P extends keyof ChannelsContract> = Promise<ReplyOf<ChannelsContract, P>>;

/** The most partners of one user in a reply, whatever is asked for. */
const PARTNERS_AT_ONCE = 1_000;

/** A log to check, for a reader that counts in `epoch`. */
interface Checked {
  readonly log: LogId;
  readonly epoch: ReaderEpoch;
}

/** Maps the requests of {@link ChannelsContract} that read logs to calls. */
@Controller()
export class LogsController {
  constructor(
    private readonly logs: LogsService,
    private readonly acquaintances: Acquaintances,
    private readonly reads: ReadsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern('channels.open')
  async open(
    @Payload() request: Request<'channels.open'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.open'> {
    const opened = await this.logs.open(request, deliveryOf(context));
    const [reads] = await this.reads.of([opened]);
    return { ...opened, reads };
  }

  @MessagePattern('channels.headsAll')
  headsAll(
    @Payload() { asked, parts }: Request<'channels.headsAll'>,
  ): Reply<'channels.headsAll'> | Observable<Part<Outcome<'channels.headsAll'>>> {
    const { logger } = this;
    return parts
      ? answerEach({ items: asked, parts, logger }, (each) => this.headsOf(each))
      : this.allHeads(asked);
  }

  @MessagePattern('channels.check')
  check(
    @Payload() { logs, epochs, parts }: Request<'channels.check'>,
  ): Reply<'channels.check'> | Observable<Part<Outcome<'channels.check'>>> {
    const { logger } = this;
    const items = logs.map((log, n) => ({ log, epoch: epochs?.[n] }));
    return parts ? answerEach({ items, parts, logger }, (item) => this.headOf(item)) : this.checkAll(items);
  }

  @MessagePattern('channels.readLog')
  readLog(@Payload() { log, ...range }: Request<'channels.readLog'>): Reply<'channels.readLog'> {
    return this.logs.read(log, range);
  }

  @MessagePattern('channels.history')
  history(@Payload() request: Request<'channels.history'>): Reply<'channels.history'> {
    return this.logs.history(request);
  }

  @MessagePattern('channels.openInbox')
  openInbox(@Payload() { user, epoch }: Request<'channels.openInbox'>): Reply<'channels.openInbox'> {
    return this.logs.openInbox(user, epoch);
  }

  @MessagePattern('channels.partnersOf')
  partnersOf(
    @Payload() { users, most, parts }: Request<'channels.partnersOf'>,
  ): Observable<Part<Outcome<'channels.partnersOf'>>> {
    const { logger } = this;
    return answerEach({ items: users, parts, logger }, async (user) => ({
      partners: await this.acquaintances.of(user, Math.min(most, PARTNERS_AT_ONCE)),
    }));
  }

  private async headsOf(request: HeadsRequest): Promise<Outcome<'channels.headsAll'>> {
    const heads = await this.logs.heads(request);
    const readable = heads.filter((head) => head !== undefined);
    const reads = await this.reads.of(readable);
    const readsOf = new Map(readable.map((head, at) => [head, reads[at]]));
    return {
      heads: heads.map((head) => (head === undefined ? null : { ...head, reads: readsOf.get(head) })),
    };
  }

  private async headOf({ log, epoch }: Checked): Promise<Outcome<'channels.check'>> {
    return { head: await this.logs.check(log, epoch) };
  }

  /** The answer to a gateway of the release before, for one release longer: an item that fails is the failure of all. */
  private async allHeads(asked: readonly HeadsRequest[]): Reply<'channels.headsAll'> {
    const all = await Promise.all(asked.map((each) => this.headsOf(each)));
    return { heads: all.map(({ heads }) => heads) };
  }

  /** As `allHeads`. */
  private async checkAll(items: readonly Checked[]): Reply<'channels.check'> {
    const all = await Promise.all(items.map((item) => this.headOf(item)));
    return { heads: all.map(({ head }) => head) };
  }
}
