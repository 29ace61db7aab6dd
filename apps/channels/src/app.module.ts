import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ServiceKitModule } from '@parley/service-kit';
import { ChannelsController } from './channels.controller.js';
import { ChannelsRepository } from './channels.repository.js';
import { ChannelsService } from './channels.service.js';
import type { ChannelsSettings } from './config.js';
import { GatewayChannels } from './gateway-channels.js';
import { InboxRepository } from './inbox.repository.js';
import { InboxService } from './inbox.service.js';
import { InboxCompletion } from './inbox-completion.js';
import { LogsController } from './logs.controller.js';
import { LogsRepository } from './logs.repository.js';
import { LogsService } from './logs.service.js';
import { PostsController } from './posts.controller.js';
import { PostsRepository } from './posts.repository.js';
import { PostsService } from './posts.service.js';
import { ChannelKeys } from './redis/keys.js';
import { RETENTION, type Retention } from './redis/retention.js';
import { PRESENCE_CLOCK, UserDirectory } from './user-directory.js';

/** Wires the channels service. */
@Module({})
export class AppModule {
  static forRoot(settings: ChannelsSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceKitModule.forRoot({ service: 'channels', settings, calls: ['users'] })],
      controllers: [ChannelsController, LogsController, PostsController],
      providers: [
        ChannelsService,
        LogsService,
        PostsService,
        ChannelsRepository,
        GatewayChannels,
        InboxCompletion,
        InboxRepository,
        InboxService,
        LogsRepository,
        PostsRepository,
        UserDirectory,
        { provide: PRESENCE_CLOCK, useValue: performance },
        ...fromSettings(settings),
      ],
    };
  }
}

/** What the classes of the service take from its settings. */
function fromSettings(settings: ChannelsSettings): Provider[] {
  const retention: Retention = {
    messages: settings.MESSAGES_PER_CHANNEL,
    inboxItems: settings.INBOX_ITEMS,
    clientUuidMs: settings.CLIENT_UUID_TTL_SECONDS * 1_000,
  };
  return [
    { provide: ChannelKeys, useValue: new ChannelKeys(settings.REDIS_PREFIX) },
    { provide: RETENTION, useValue: retention },
  ];
}
