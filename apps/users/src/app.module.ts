import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { EventPublisher, LOGGER, type Logger, REDIS, ServiceKitModule } from '@parley/service-kit';
import type { UsersSettings } from './config.js';
import { DirectoryRepository } from './directory.repository.js';
import { LeaseWatch } from './lease-watch.js';
import { PresenceRepository } from './presence.repository.js';
import { PresenceService } from './presence.service.js';
import { presenceTimes } from './presence-times.js';
import { UsersKeys } from './redis/keys.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

/** Wires the users service. */
@Module({})
export class AppModule {
  static forRoot(settings: UsersSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceKitModule.forRoot({ service: 'users', settings, calls: [] })],
      controllers: [UsersController],
      providers: providers(settings),
    };
  }
}

function providers(settings: UsersSettings): Provider[] {
  const keys = new UsersKeys(settings.REDIS_PREFIX);
  const times = presenceTimes(settings.PRESENCE_LEASE_SECONDS);
  return [
    {
      provide: DirectoryRepository,
      useFactory: (redis: RedisConnection) => new DirectoryRepository(redis, keys),
      inject: [REDIS],
    },
    {
      provide: PresenceRepository,
      useFactory: (redis: RedisConnection) => new PresenceRepository(redis, keys, times),
      inject: [REDIS],
    },
    {
      provide: UsersService,
      useFactory: (directory: DirectoryRepository, presence: PresenceRepository) =>
        new UsersService(directory, presence),
      inject: [DirectoryRepository, PresenceRepository],
    },
    {
      provide: PresenceService,
      useFactory: (presence: PresenceRepository, directory: DirectoryRepository, events: EventPublisher) =>
        new PresenceService(presence, directory, events, times.renewAfterMs),
      inject: [PresenceRepository, DirectoryRepository, EventPublisher],
    },
    {
      provide: LeaseWatch,
      useFactory: (presence: PresenceService, logger: Logger) =>
        new LeaseWatch(() => presence.endExpired(), times.watchMs, logger),
      inject: [PresenceService, LOGGER],
    },
  ];
}
