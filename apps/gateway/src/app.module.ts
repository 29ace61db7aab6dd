import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import { type AuthContract, type ChannelsContract, Sealer, type UsersContract } from '@parley/contracts';
import { connectRedis, type RedisConnection } from '@parley/redis';
import {
  clientOf,
  LOGGER,
  type Logger,
  REDIS,
  type ServiceClient,
  ServiceKitModule,
} from '@parley/service-kit';
import { CatchUp } from './catch-up.js';
import { ChannelGateway } from './channel.gateway.js';
import type { GatewaySettings } from './config.js';
import { ConnectionGateway } from './connection.gateway.js';
import { Connections } from './connections.js';
import { DirectoryGateway } from './directory.gateway.js';
import { Everyone } from './everyone.js';
import { FrameBudget } from './frame-budget.js';
import { FrameRouter } from './frame-router.js';
import { GatewayEventsController } from './gateway-events.controller.js';
import { GatewayId } from './gateway-id.js';
import { DRAIN_MS, GatewayLife } from './gateway-life.js';
import { Heartbeat } from './heartbeat.js';
import { HoldBudget } from './hold-budget.js';
import { Hub } from './hub.js';
import { Inbox } from './inbox.js';
import { Lease } from './lease.js';
import { LogChecker } from './log-checker.js';
import { ChannelLogReader } from './log-reader.js';
import { Presence } from './presence.js';
import { Rooms } from './rooms.js';
import { SessionGateway } from './session.gateway.js';
import { SessionKeeper } from './session-keeper.js';
import { Sessions } from './sessions.js';
import { RedisSubscriber } from './subscriber.js';
import { SubscriptionGateway } from './subscription.gateway.js';
import { Subscriptions } from './subscriptions.js';

/** Bytes of published frames that may wait for the ones before them; past it they are read from their logs. */
const HELD_BYTES = 16 * 1024 * 1024;

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
        SubscriptionGateway,
      ],
    };
  }
}

/** What brings published frames to the connections. */
function deliveries(settings: GatewaySettings): FactoryProvider[] {
  const { REDIS_PREFIX: prefix, MAX_BUFFERED_BYTES: maxBufferedBytes } = settings;
  return [
    {
      provide: RedisSubscriber,
      useFactory: (logger: Logger) => {
        const redis = connectRedis(settings, { maxRetriesPerRequest: null });
        redis.on('error', (error: Error) => logger.warn({ err: error }, 'redis subscription'));
        return new RedisSubscriber(redis);
      },
      inject: [LOGGER],
    },
    {
      provide: Hub,
      useFactory: (subscriber: RedisSubscriber, reader: ChannelLogReader, logger: Logger) => {
        const fault = (error: unknown) => logger.warn({ err: error }, 'could not read a log');
        return new Hub(subscriber, { reader, budget: new HoldBudget(HELD_BYTES), fault }, prefix, logger);
      },
      inject: [RedisSubscriber, ChannelLogReader, LOGGER],
    },
    {
      provide: ChannelLogReader,
      useFactory: (channels: ServiceClient<ChannelsContract>) => new ChannelLogReader(channels),
      inject: [CHANNELS],
    },
    {
      provide: CatchUp,
      useFactory: (reader: ChannelLogReader, logger: Logger) =>
        new CatchUp(reader, { maxBufferedBytes }, logger),
      inject: [ChannelLogReader, LOGGER],
    },
    {
      provide: LogChecker,
      useFactory: (hub: Hub, reader: ChannelLogReader, logger: Logger) =>
        new LogChecker(hub, reader, settings.SILENT_CHECK_SECONDS, logger),
      inject: [Hub, ChannelLogReader, LOGGER],
    },
    {
      provide: Everyone,
      useFactory: (
        redis: RedisConnection,
        subscriber: RedisSubscriber,
        connections: Connections,
        logger: Logger,
      ) => {
        const budget = new FrameBudget(settings.SYS_FRAMES_PER_SECOND);
        return new Everyone(redis, subscriber, connections, budget, prefix, logger);
      },
      inject: [REDIS, RedisSubscriber, Connections, LOGGER],
    },
  ];
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
      provide: Subscriptions,
      useFactory: (
        channels: ServiceClient<ChannelsContract>,
        hub: Hub,
        reader: ChannelLogReader,
        catchUp: CatchUp,
      ) => new Subscriptions(channels, hub, reader, catchUp),
      inject: [CHANNELS, Hub, ChannelLogReader, CatchUp],
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
        const grace = { ms: settings.PRESENCE_GRACE_SECONDS * 1_000, most: settings.MAX_CONNECTIONS };
        return new Sessions(auth, presence, rooms, connections, everyone, sealer, grace, logger);
      },
      inject: [AUTH, Presence, Rooms, Connections, Everyone, LOGGER],
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
        sessions: Sessions,
        logger: Logger,
      ) => new Lease(users, gateway, connections, presence, rooms, () => sessions.forgotten(), logger),
      inject: [USERS, GatewayId, Connections, Presence, Rooms, Sessions, LOGGER],
    },
    {
      provide: FrameRouter,
      useFactory: (sessions: Sessions, logger: Logger) => new FrameRouter(sessions, logger),
      inject: [Sessions, LOGGER],
    },
  ];
}
