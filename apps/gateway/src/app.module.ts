import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { type AuthContract, everyoneChannel } from '@parley/contracts';
import { masterOf, type RedisConnection } from '@parley/redis';
import {
  clientOf,
  LOGGER,
  type Logger,
  REDIS,
  type ServiceClient,
  ServiceKitModule,
  StatusBoard,
} from '@parley/service-kit';
import { Cluster } from 'ioredis';
import { ChangesGateway } from './channels/changes.gateway.js';
import { ChannelGateway } from './channels/channel.gateway.js';
import { GroupsGateway } from './channels/groups.gateway.js';
import { HistoryGateway } from './channels/history.gateway.js';
import { Inbox } from './channels/inbox.js';
import { JoinBatcher } from './channels/join-batcher.js';
import { JOIN_ORDER, Joins } from './channels/joins.js';
import { MembersGateway } from './channels/members.gateway.js';
import { PARTNER_WATCH } from './channels/partner-watch.js';
import { PostBatcher } from './channels/post-batcher.js';
import { Posts } from './channels/posts.js';
import { ReadsGateway } from './channels/reads.gateway.js';
import { SubscriptionGateway } from './channels/subscription.gateway.js';
import { Subscriptions } from './channels/subscriptions.js';
import { TypingGateway } from './channels/typing.gateway.js';
import { Typing } from './channels/typing.js';
import type { GatewaySettings } from './config.js';
import { deliveryProviders } from './delivery/delivery.providers.js';
import { MASTER_OF } from './delivery/masters.js';
import { ANSWER_RATES, AnswerBudget, type AnswerRates } from './frames/answer-budget.js';
import { DOORKEEPER, FrameRouter } from './frames/frame-router.js';
import { GatewayId } from './gateway-id.js';
import { ConnectionGateway } from './lifecycle/connection.gateway.js';
import { DRAIN_MS, GatewayLife } from './lifecycle/gateway-life.js';
import { GatewayReport } from './lifecycle/gateway-report.js';
import { Backlog } from './pacing/backlog.js';
import { Load, processLoad } from './pacing/load.js';
import { perSecond } from './pacing/token-bucket.js';
import { RestModule } from './rest/rest.module.js';
import { Connections } from './socket/connections.js';
import { Heartbeat } from './socket/heartbeat.js';
import { AccountGateway } from './users/account.gateway.js';
import { ContactsGateway } from './users/contacts.gateway.js';
import { DirectoryGateway } from './users/directory.gateway.js';
import { GatewayEventsController } from './users/gateway-events.controller.js';
import { Lease } from './users/lease.js';
import { LeaveTaking, PRESENCE_GRACE, type PresenceGrace } from './users/leave-taking.js';
import { Presence } from './users/presence.js';
import { PresenceNews } from './users/presence-news.js';
import { Proofs } from './users/proofs.js';
import { Reach } from './users/reach.js';
import { SealedRequests } from './users/sealed-requests.js';
import { SessionGateway } from './users/session.gateway.js';
import { SessionKeeper } from './users/session-keeper.js';
import { Sessions } from './users/sessions.js';
import { SignIns } from './users/sign-ins.js';
import { SYS_BUDGET, SYS_CHANNEL, SysBroadcast } from './users/sys-broadcast.js';
import { TokenSignIns } from './users/token-sign-ins.js';
import { ContactsSource, PartnersSource, WATCH_SOURCES, type WatchSource } from './users/watch-sources.js';
import { MOST_WATCHED, WATCH_PREFIX, Watching } from './users/watching.js';

/** Wires the gateway together. */
@Module({})
export class AppModule {
  static forRoot(settings: GatewaySettings): DynamicModule {
    return {
      module: AppModule,
      // For the REST API, which shares these with the sockets.
      global: true,
      exports: [AnswerBudget, PostBatcher, Proofs, SignIns, TokenSignIns, MASTER_OF, StatusBoard],
      imports: [
        ServiceKitModule.forRoot({ service: 'gateway', settings, calls: ['auth', 'users', 'channels'] }),
        RestModule.forRoot(),
      ],
      controllers: [GatewayEventsController],
      providers: [
        GatewayId,
        Connections,
        Heartbeat,
        FrameRouter,
        AnswerBudget,
        ...deliveryProviders(settings),
        ...channelProviders,
        ...userProviders,
        GatewayLife,
        GatewayReport,
        ConnectionGateway,
        ...fromSettings(settings),
      ],
    };
  }
}

const channelProviders: Provider[] = [
  Joins,
  JoinBatcher,
  Posts,
  PostBatcher,
  {
    provide: MASTER_OF,
    useFactory: (redis: RedisConnection) =>
      redis instanceof Cluster ? (id: string) => masterOf(redis, id) : () => '',
    inject: [REDIS],
  },
  Subscriptions,
  Inbox,
  Typing,
  ChangesGateway,
  ChannelGateway,
  GroupsGateway,
  HistoryGateway,
  MembersGateway,
  ReadsGateway,
  SubscriptionGateway,
  TypingGateway,
];

const userProviders: Provider[] = [
  Sessions,
  { provide: DOORKEEPER, useExisting: Sessions },
  SessionKeeper,
  Presence,
  Lease,
  LeaveTaking,
  SysBroadcast,
  Reach,
  PresenceNews,
  Watching,
  { provide: PARTNER_WATCH, useExisting: Watching },
  PartnersSource,
  ContactsSource,
  {
    provide: WATCH_SOURCES,
    useFactory: (...sources: WatchSource[]) => sources,
    inject: [ContactsSource, PartnersSource],
  },
  SessionGateway,
  AccountGateway,
  ContactsGateway,
  DirectoryGateway,
];

/** What the classes of the gateway need of its settings; `deliveryProviders` has the rest. */
function fromSettings(settings: GatewaySettings): Provider[] {
  const grace: PresenceGrace = {
    ms: settings.PRESENCE_GRACE_SECONDS * 1_000,
    most: settings.MAX_CONNECTIONS,
  };
  const answerRates: AnswerRates = {
    user: settings.USER_ANSWER_BYTES_PER_SECOND,
    gateway: settings.ANSWER_BYTES_PER_SECOND,
  };
  return [
    { provide: Load, useValue: processLoad },
    { provide: Backlog, useFactory: () => new Backlog(settings.REQUEST_QUEUE_AGE_MS) },
    { provide: ANSWER_RATES, useValue: answerRates },
    {
      provide: SealedRequests,
      useFactory: (logger: Logger) => sealedRequests(settings, logger),
      inject: [LOGGER],
    },
    {
      provide: SignIns,
      useFactory: (auth: ServiceClient<AuthContract>, sealed: SealedRequests) =>
        new SignIns(auth, sealed, settings.SEALING_KEY),
      inject: [clientOf('auth'), SealedRequests],
    },
    {
      provide: TokenSignIns,
      useFactory: (...args: ConstructorParameters<typeof TokenSignIns>) => new TokenSignIns(...args),
      inject: [clientOf('auth'), SealedRequests, Sessions],
    },
    {
      provide: Proofs,
      useFactory: (auth: ServiceClient<AuthContract>, sealed: SealedRequests) =>
        new Proofs(auth, sealed, settings.SEALING_KEY),
      inject: [clientOf('auth'), SealedRequests],
    },
    { provide: JOIN_ORDER, useValue: settings.CHANNEL_JOIN_ORDER },
    { provide: PRESENCE_GRACE, useValue: grace },
    { provide: SYS_BUDGET, useValue: perSecond(settings.SYS_FRAMES_PER_SECOND) },
    { provide: SYS_CHANNEL, useValue: everyoneChannel(settings.REDIS_PREFIX) },
    { provide: WATCH_PREFIX, useValue: settings.REDIS_PREFIX },
    { provide: MOST_WATCHED, useValue: settings.PRESENCE_WATCHES },
    {
      provide: StatusBoard,
      useFactory: (redis: RedisConnection) => new StatusBoard(redis, settings.REDIS_PREFIX),
      inject: [REDIS],
    },
    { provide: DRAIN_MS, useValue: settings.DRAIN_SECONDS * 1_000 },
  ];
}

function sealedRequests({ AUTH_PUBLIC_KEYS, SEALING_KEY }: GatewaySettings, logger: Logger): SealedRequests {
  if (AUTH_PUBLIC_KEYS === undefined)
    logger.warn('AUTH_PUBLIC_KEYS is not set: everybody who has SEALING_KEY can read passwords');
  else if (SEALING_KEY !== undefined)
    logger.warn('SEALING_KEY is set: remove it as soon as no process of the release before runs');
  return new SealedRequests(AUTH_PUBLIC_KEYS ?? [], logger);
}
