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
import { ChannelGateway } from './channels/channel.gateway.js';
import { HistoryGateway } from './channels/history.gateway.js';
import { Inbox } from './channels/inbox.js';
import { Rooms } from './channels/joins.js';
import { PostBatcher } from './channels/post-batcher.js';
import { Posts } from './channels/posts.js';
import { SubscriptionGateway } from './channels/subscription.gateway.js';
import { Subscriptions } from './channels/subscriptions.js';
import type { GatewaySettings } from './config.js';
import { CatchUp } from './delivery/catch-up.js';
import { deliveries } from './delivery/delivery.providers.js';
import { Hub } from './delivery/hub.js';
import { FrameRouter } from './frames/frame-router.js';
import { GatewayId } from './gateway-id.js';
import { ConnectionGateway } from './lifecycle/connection.gateway.js';
import { DRAIN_MS, GatewayLife } from './lifecycle/gateway-life.js';
import { Connections } from './socket/connections.js';
import { Heartbeat } from './socket/heartbeat.js';
import { DirectoryGateway } from './users/directory.gateway.js';
import { GatewayEventsController } from './users/gateway-events.controller.js';
import { Lease } from './users/lease.js';
import { LeaveTaking } from './users/leave-taking.js';
import { Presence } from './users/presence.js';
import { SessionGateway } from './users/session.gateway.js';
import { SessionKeeper } from './users/session-keeper.js';
import { Sessions } from './users/sessions.js';
import { Everyone } from './users/sys-broadcast.js';

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
