import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import { type AuthContract, type ChannelsContract, Sealer, type UsersContract } from '@parley/contracts';
import { masterOf, type RedisConnection } from '@parley/redis';
import {
  clientOf,
  LOGGER,
  type Logger,
  REDIS,
  type ServiceClient,
  ServiceKitModule,
} from '@parley/service-kit';
import { Cluster } from 'ioredis';
import { CatchUp } from './catch-up.js';
import { ChannelGateway } from './channel.gateway.js';
import type { GatewaySettings } from './config.js';
import { ConnectionGateway } from './connection.gateway.js';
import { Connections } from './connections.js';
import { deliveries } from './delivery.providers.js';
import { DirectoryGateway } from './directory.gateway.js';
import { Everyone } from './everyone.js';
import { FrameRouter } from './frame-router.js';
import { GatewayEventsController } from './gateway-events.controller.js';
import { GatewayId } from './gateway-id.js';
import { DRAIN_MS, GatewayLife } from './gateway-life.js';
import { Heartbeat } from './heartbeat.js';
import { HistoryGateway } from './history.gateway.js';
import { Hub } from './hub.js';
import { Inbox } from './inbox.js';
import { Lease } from './lease.js';
import { LeaveTaking } from './leave-taking.js';
import { PostBatcher } from './post-batcher.js';
import { Posts } from './posts.js';
import { Presence } from './presence.js';
import { Rooms } from './rooms.js';
import { SessionGateway } from './session.gateway.js';
import { SessionKeeper } from './session-keeper.js';
import { Sessions } from './sessions.js';
import { SubscriptionGateway } from './subscription.gateway.js';
import { Subscriptions } from './subscriptions.js';

const AUTH = clientOf('auth');
const USERS = clientOf('users');
const CHANNELS = clientOf('channels');

/** Wires the gateway together. */
@Module({})
export class AppModule {
  static forRoot(settings: GatewaySettings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ServiceKitModule.forRoot({ service: 'gateway', settings, calls: ['auth', 'users', 'channels'] }),
      ],
      controllers: [GatewayEventsController],
      providers: [
        { provide: GatewayId, useFactory: () => new GatewayId() },
        Connections,
        Heartbeat,
        { provide: DRAIN_MS, useValue: settings.DRAIN_SECONDS * 1_000 },
        GatewayLife,
        ...deliveries(settings),
        ...rules(settings),
        ConnectionGateway,
        SessionGateway,
        DirectoryGateway,
        ChannelGateway,
        HistoryGateway,
        SubscriptionGateway,
      ],
    };
  }
}

/** What decides, by asking the services. */
function rules(settings: GatewaySettings): FactoryProvider[] {
  return [
    {
      provide: Presence,
      useFactory: (users: ServiceClient<UsersContract>, gateway: GatewayId) => new Presence(users, gateway),
      inject: [USERS, GatewayId],
    },
    {
      provide: Rooms,
      useFactory: (
        channels: ServiceClient<ChannelsContract>,
        hub: Hub,
        catchUp: CatchUp,
        gateway: GatewayId,
        logger: Logger,
      ) => new Rooms(channels, hub, catchUp, { gateway, joinOrder: settings.CHANNEL_JOIN_ORDER }, logger),
      inject: [CHANNELS, Hub, CatchUp, GatewayId, LOGGER],
    },
    {
      provide: Posts,
      useFactory: (channels: ServiceClient<ChannelsContract>, hub: Hub, redis: RedisConnection) => {
        const master = redis instanceof Cluster ? (id: string) => masterOf(redis, id) : undefined;
        return new Posts(new PostBatcher(channels, settings.REQUEST_DEADLINE_MS, master), hub);
      },
      inject: [CHANNELS, Hub, REDIS],
    },
    {
      provide: Subscriptions,
      useFactory: (channels: ServiceClient<ChannelsContract>, hub: Hub, catchUp: CatchUp) =>
        new Subscriptions(channels, hub, catchUp),
      inject: [CHANNELS, Hub, CatchUp],
    },
    {
      provide: Inbox,
      useFactory: (channels: ServiceClient<ChannelsContract>, hub: Hub, catchUp: CatchUp) =>
        new Inbox(channels, hub, catchUp),
      inject: [CHANNELS, Hub, CatchUp],
    },
    {
      provide: Sessions,
      useFactory: (
        auth: ServiceClient<AuthContract>,
        presence: Presence,
        rooms: Rooms,
        connections: Connections,
        everyone: Everyone,
        logger: Logger,
      ) => {
        const sealer = new Sealer(settings.SEALING_KEY);
        return new Sessions(auth, presence, rooms, connections, everyone, sealer, logger);
      },
      inject: [AUTH, Presence, Rooms, Connections, Everyone, LOGGER],
    },
    {
      provide: LeaveTaking,
      useFactory: (
        presence: Presence,
        rooms: Rooms,
        connections: Connections,
        everyone: Everyone,
        logger: Logger,
      ) => {
        const grace = { ms: settings.PRESENCE_GRACE_SECONDS * 1_000, most: settings.MAX_CONNECTIONS };
        return new LeaveTaking(presence, rooms, connections, everyone, grace, logger);
      },
      inject: [Presence, Rooms, Connections, Everyone, LOGGER],
    },
    {
      provide: SessionKeeper,
      useFactory: (
        auth: ServiceClient<AuthContract>,
        connections: Connections,
        sessions: Sessions,
        logger: Logger,
      ) => new SessionKeeper(auth, connections, sessions, logger),
      inject: [AUTH, Connections, Sessions, LOGGER],
    },
    {
      provide: Lease,
      useFactory: (
        users: ServiceClient<UsersContract>,
        gateway: GatewayId,
        connections: Connections,
        presence: Presence,
        rooms: Rooms,
        leaveTaking: LeaveTaking,
        logger: Logger,
      ) => new Lease(users, gateway, connections, presence, rooms, () => leaveTaking.forgotten(), logger),
      inject: [USERS, GatewayId, Connections, Presence, Rooms, LeaveTaking, LOGGER],
    },
    {
      provide: FrameRouter,
      useFactory: (sessions: Sessions, logger: Logger) => new FrameRouter(sessions, logger),
      inject: [Sessions, LOGGER],
    },
  ];
}
