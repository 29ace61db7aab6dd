import type { Provider } from '@nestjs/common';
import { connectRedis } from '@parley/redis';
import { LOGGER, type Logger } from '@parley/service-kit';
import type { GatewaySettings } from '../config.js';
import { perSecond } from '../pacing/token-bucket.js';
import { CATCH_UP_OPTIONS, CatchUp, type CatchUpOptions } from './catch-up.js';
import { Follower } from './follow.js';
import { HoldBudget } from './held-frames.js';
import { Hub } from './hub.js';
import { LogChecker, SILENT_SECONDS } from './log-checker.js';
import { ChannelLogReader, LOG_READER, type LogReader } from './log-reader.js';
import { Pace } from './pace.js';
import { OUT_OF_STEP_MS, STEP_TIMEOUT, StepKeeper } from './step-keeper.js';
import { RedisSubscriber } from './subscriber.js';

/** Bytes of published frames that may wait for earlier ones; above that, they are read from their logs. */
export const HELD_BYTES = 16 * 1024 * 1024;

/** What brings published frames to the connections. */
export function deliveryProviders(settings: GatewaySettings): Provider[] {
  const catchUp: CatchUpOptions = { maxBufferedBytes: settings.MAX_BUFFERED_BYTES };
  return [
    CatchUp,
    Follower,
    StepKeeper,
    { provide: STEP_TIMEOUT, useValue: OUT_OF_STEP_MS },
    LogChecker,
    { provide: LOG_READER, useClass: ChannelLogReader },
    { provide: CATCH_UP_OPTIONS, useValue: catchUp },
    { provide: SILENT_SECONDS, useValue: settings.SILENT_CHECK_SECONDS },
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
      useFactory: (subscriber: RedisSubscriber, reader: LogReader, logger: Logger) => {
        const parts = {
          reader,
          holdBudget: new HoldBudget(HELD_BYTES),
          pace: new Pace(settings.FANOUT_TICK_MS),
          noticeBudget: perSecond(settings.JOIN_FRAMES_PER_SECOND),
          fault: (error: unknown) => logger.warn({ err: error }, 'could not read a log'),
        };
        return new Hub(subscriber, parts, settings.REDIS_PREFIX, logger);
      },
      inject: [RedisSubscriber, LOG_READER, LOGGER],
    },
  ];
}
