import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import type { UsersContract } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { clientOf, REDIS, type ServiceClient, ServiceKitModule } from '@parley/service-kit';
import { ChannelsController } from './channels.controller.js';
import { ChannelsRepository } from './channels.repository.js';
import { ChannelsService } from './channels.service.js';
import type { ChannelsSettings } from './config.js';
import { InboxRepository } from './inbox.repository.js';
import { LogsController } from './logs.controller.js';
import { LogsRepository } from './logs.repository.js';
import { LogsService } from './logs.service.js';
import { PostsController } from './posts.controller.js';
import { PostsRepository } from './posts.repository.js';
import { PostsService } from './posts.service.js';
import { ChannelKeys } from './redis/keys.js';
import type { Retention } from './redis/retention.js';
import { UserDirectory } from './user-directory.js';

/** Wires the channels service. */
@Module({})
export class AppModule {
  static forRoot(settings: ChannelsSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceKitModule.forRoot({ service: 'channels', settings, calls: ['users'] })],
      controllers: [ChannelsController, LogsController, PostsController],
      providers: [...repositories(settings), directory, service, logsService, postsService],
    };
  }
}

/** The repositories: each is made of Redis, the names of its keys and what is to be kept. */
function repositories(settings: ChannelsSettings): Provider[] {
  const keys = new ChannelKeys(settings.REDIS_PREFIX);
  const retention: Retention = {
    messages: settings.MESSAGES_PER_CHANNEL,
    inboxItems: settings.INBOX_ITEMS,
    clientUuidMs: settings.CLIENT_UUID_TTL_SECONDS * 1_000,
  };
  return [ChannelsRepository, LogsRepository, PostsRepository, InboxRepository].map((Repository) => ({
    provide: Repository,
    useFactory: (redis: RedisConnection) => new Repository(redis, keys, retention),
    inject: [REDIS],
  }));
}

const directory: Provider = {
  provide: UserDirectory,
  useFactory: (users: ServiceClient<UsersContract>) => new UserDirectory(users),
  inject: [clientOf('users')],
};

const service: Provider = {
  provide: ChannelsService,
  useFactory: (channels: ChannelsRepository, inboxes: InboxRepository, users: UserDirectory) =>
    new ChannelsService(channels, inboxes, users),
  inject: [ChannelsRepository, InboxRepository, UserDirectory],
};

const logsService: Provider = {
  provide: LogsService,
  useFactory: (
    channels: ChannelsService,
    logs: LogsRepository,
    inboxes: InboxRepository,
    users: UserDirectory,
  ) => new LogsService(channels, logs, inboxes, users),
  inject: [ChannelsService, LogsRepository, InboxRepository, UserDirectory],
};

const postsService: Provider = {
  provide: PostsService,
  useFactory: (
    channels: ChannelsService,
    posts: PostsRepository,
    inboxes: InboxRepository,
    users: UserDirectory,
  ) => new PostsService(channels, posts, inboxes, users),
  inject: [ChannelsService, PostsRepository, InboxRepository, UserDirectory],
};
