import type { FactoryProvider } from '@nestjs/common';
import type { ChannelsContract } from '@parley/contracts';
import { connectRedis, type RedisConnection } from '@parley/redis';
import { clientOf, LOGGER, type Logger, REDIS, type ServiceClient } from '@parley/service-kit';
import type { GatewaySettings } from '../config.js';
import { FrameBudget } from '../pacing/frame-budget.js';
import { Connections } from '../socket/connections.js';
import { Everyone } from '../users/sys-broadcast.js';
import { CatchUp } from './catch-up.js';
import { HoldBudget } from './hold-budget.js';
import { Hub } from './hub.js';
import { LogChecker } from './log-checker.js';
import { ChannelLogReader } from './log-reader.js';
import { Pace } from './pace.js';
import { RedisSubscriber } from './subscriber.js';

/** Bytes of published frames that may wait for the ones before them; past it they are read from their logs. */
const HELD_BYTES = 16 * 1024 * 1024;

/** What brings published frames to the connections. */
export function deliveries(settings: GatewaySettings): FactoryProvider[] {
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
        const parts = {
          reader,
          budget: new HoldBudget(HELD_BYTES),
          pace: new Pace(settings.FANOUT_TICK_MS),
          noticeBudget: new FrameBudget(settings.JOIN_FRAMES_PER_SECOND),
          fault,
        };
        return new Hub(subscriber, parts, prefix, logger);
      },
      inject: [RedisSubscriber, ChannelLogReader, LOGGER],
    },
    {
      provide: ChannelLogReader,
      useFactory: (channels: ServiceClient<ChannelsContract>) => new ChannelLogReader(channels),
      inject: [clientOf('channels')],
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
