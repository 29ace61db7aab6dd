import { randomUUID } from 'node:crypto';
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
import { ChannelGateway } from './channel.gateway.js';
import type { GatewaySettings } from './config.js';
import { ConnectionGateway } from './connection.gateway.js';
import { Connections } from './connections.js';
import { DirectoryGateway } from './directory.gateway.js';
import { Everyone } from './everyone.js';
import { FrameBudget } from './frame-budget.js';
import { FrameRouter } from './frame-router.js';
import { GatewayEventsController } from './gateway-events.controller.js';
import { GatewayLife } from './gateway-life.js';
import { Heartbeat } from './heartbeat.js';
import { Hub } from './hub.js';
import { Lease } from './lease.js';
import { Presence } from './presence.js';
import { Rooms } from './rooms.js';
import { SessionGateway } from './session.gateway.js';
import { SessionKeeper } from './session-keeper.js';
import { Sessions } from './sessions.js';
import { RedisSubscriber } from './subscriber.js';

/** Injection token of this process's gateway id: new at every start, so that a restart inherits nothing. */
const GATEWAY_ID = Symbol('gateway id');

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
        { provide: GATEWAY_ID, useFactory: randomUUID },
        Connections,
        Heartbeat,
        GatewayLife,
        ...deliveries(settings),
        ...rules(settings),
        ConnectionGateway,
        SessionGateway,
        DirectoryGateway,
        ChannelGateway,
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
      useFactory: (subscriber: RedisSubscriber, logger: Logger) =>
        new Hub(subscriber, { prefix, maxBufferedBytes }, logger),
      inject: [RedisSubscriber, LOGGER],
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
      useFactory: (users: ServiceClient<UsersContract>, gatewayId: string) => new Presence(users, gatewayId),
      inject: [USERS, GATEWAY_ID],
    },
    {
      provide: Rooms,
      useFactory: (channels: ServiceClient<ChannelsContract>, hub: Hub, gatewayId: string, logger: Logger) =>
        new Rooms(channels, hub, { gatewayId, joinOrder: settings.CHANNEL_JOIN_ORDER }, logger),
      inject: [CHANNELS, Hub, GATEWAY_ID, LOGGER],
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
        gatewayId: string,
        connections: Connections,
        presence: Presence,
        rooms: Rooms,
        logger: Logger,
      ) => new Lease(users, gatewayId, connections, presence, rooms, logger),
      inject: [USERS, GATEWAY_ID, Connections, Presence, Rooms, LOGGER],
    },
    {
      provide: FrameRouter,
      useFactory: (sessions: Sessions, logger: Logger) => new FrameRouter(sessions, logger),
      inject: [Sessions, LOGGER],
    },
  ];
}
