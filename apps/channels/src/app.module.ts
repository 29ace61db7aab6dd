import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import type { UsersContract } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { clientOf, REDIS, type ServiceClient, ServiceKitModule } from '@parley/service-kit';
import { ChannelsController } from './channels.controller.js';
import { ChannelsRepository } from './channels.repository.js';
import { ChannelsService } from './channels.service.js';
import type { ChannelsSettings } from './config.js';
import { ChannelKeys } from './keys.js';
import { LogsController } from './logs.controller.js';
import { LogsRepository } from './logs.repository.js';
import { LogsService } from './logs.service.js';
import { UserDirectory } from './user-directory.js';

/** Wires the channels service. */
@Module({})
export class AppModule {
  static forRoot(settings: ChannelsSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceKitModule.forRoot({ service: 'channels', settings, calls: ['users'] })],
      controllers: [ChannelsController, LogsController],
      providers: [repository(settings), logsRepository(settings), directory, service, logsService],
    };
  }
}

function repository(settings: ChannelsSettings): Provider {
  const retention = {
    messages: settings.MESSAGES_PER_CHANNEL,
    clientUuidMs: settings.CLIENT_UUID_TTL_SECONDS * 1_000,
  };
  return {
    provide: ChannelsRepository,
    useFactory: (redis: RedisConnection) =>
      new ChannelsRepository(redis, new ChannelKeys(settings.REDIS_PREFIX), retention),
    inject: [REDIS],
  };
}

function logsRepository(settings: ChannelsSettings): Provider {
  return {
    provide: LogsRepository,
    useFactory: (redis: RedisConnection) => new LogsRepository(redis, new ChannelKeys(settings.REDIS_PREFIX)),
    inject: [REDIS],
  };
}

const directory: Provider = {
  provide: UserDirectory,
  useFactory: (users: ServiceClient<UsersContract>) => new UserDirectory(users),
  inject: [clientOf('users')],
};

const service: Provider = {
  provide: ChannelsService,
  useFactory: (channels: ChannelsRepository, users: UserDirectory) => new ChannelsService(channels, users),
  inject: [ChannelsRepository, UserDirectory],
};

const logsService: Provider = {
  provide: LogsService,
  useFactory: (channels: ChannelsService, logs: LogsRepository, users: UserDirectory) =>
    new LogsService(channels, logs, users),
  inject: [ChannelsService, LogsRepository, UserDirectory],
};
