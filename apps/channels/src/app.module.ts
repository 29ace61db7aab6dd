import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { connectRedis, type RedisConnection } from '@parley/redis';
import { LOGGER, type Logger, REDIS, ServiceKitModule } from '@parley/service-kit';
import type { Redis } from 'ioredis';
import { AccountsController } from './accounts.controller.js';
import { Acquaintances } from './acquaintances.js';
import { BlocksController } from './blocks/blocks.controller.js';
import { BlocksRepository } from './blocks/blocks.repository.js';
import { BlocksService } from './blocks/blocks.service.js';
import { ChangesController } from './changes/changes.controller.js';
import { ChangesRepository } from './changes/changes.repository.js';
import { ChangesService } from './changes/changes.service.js';
import { Mentions } from './changes/mentions.js';
import { ChannelsController } from './channels.controller.js';
import { ChannelsRepository } from './channels.repository.js';
import { ChannelsService } from './channels.service.js';
import type { ChannelsSettings } from './config.js';
import { ExportController } from './export/export.controller.js';
import { ExportService } from './export/export.service.js';
import { GatewayChannels } from './gateway-channels.js';
import { GroupIndex } from './groups/group-index.js';
import { GROUP_LIMITS, type GroupLimits } from './groups/group-limits.js';
import { GroupMembers } from './groups/group-members.js';
import { GroupsController } from './groups/groups.controller.js';
import { GroupsRepository } from './groups/groups.repository.js';
import { GroupsService } from './groups/groups.service.js';
import { HOOK_SET, type HookSet, Hooks, NO_HOOKS } from './hooks/hooks.js';
import { ContactItems } from './inbox/contact-items.js';
import { InboxController } from './inbox/inbox.controller.js';
import { PostItems } from './inbox/post-items.js';
import { InboxRepository } from './inbox.repository.js';
import { InboxService } from './inbox.service.js';
import { InboxCompletion } from './inbox-completion.js';
import { LargeReads } from './large-reads.js';
import { LogsController } from './logs.controller.js';
import { LogsRepository } from './logs.repository.js';
import { LogsService } from './logs.service.js';
import { PostsController } from './posts.controller.js';
import { PostsRepository } from './posts.repository.js';
import { PostsService } from './posts.service.js';
import { PurgeController } from './purge/purge.controller.js';
import { PurgeRepository } from './purge/purge.repository.js';
import { PurgeService } from './purge/purge.service.js';
import { ReadsController } from './reads/reads.controller.js';
import { ReadsRepository } from './reads/reads.repository.js';
import { ReadsService } from './reads/reads.service.js';
import { ReceivedController } from './received/received.controller.js';
import { ReceivedRepository } from './received/received.repository.js';
import { ReceivedService } from './received/received.service.js';
import { ReceivedFill } from './received/received-fill.js';
import { ReceivedSweeps } from './received/received-sweeps.js';
import { ReceivedTexts } from './received/received-texts.js';
import { APPENDER, type Appender, PublishingAppender, ReplicatedAppender } from './redis/appender.js';
import type { StorageRate } from './redis/charge-storage.js';
import { ChannelKeys } from './redis/keys.js';
import { RETENTION, type Retention } from './redis/retention.js';
import { ChannelTrims } from './retention/channel-trims.js';
import { RetentionController } from './retention/retention.controller.js';
import { HIGH_WATER_MARK, MemoryWatch } from './storage/memory-watch.js';
import { STORAGE_RATE, StorageBudget } from './storage/storage-budget.js';
import { TypingController } from './typing/typing.controller.js';
import { TypingService } from './typing/typing.service.js';
import { PRESENCE_CLOCK, UserDirectory } from './user-directory.js';
import { ChannelEntries } from './webhooks/channel-entries.js';
import { DeliveriesService } from './webhooks/deliveries.service.js';
import { UserEntries } from './webhooks/user-entries.js';
import { USER_EVENTS_KEEP_MS, UserEvents } from './webhooks/user-events.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { type RunningWebhook, WEBHOOKS, Webhooks } from './webhooks/webhooks.js';
import { WebhooksRepository } from './webhooks/webhooks.repository.js';

const controllers = [
  AccountsController,
  BlocksController,
  ChangesController,
  ChannelsController,
  ExportController,
  GroupsController,
  InboxController,
  LogsController,
  PostsController,
  PurgeController,
  ReadsController,
  ReceivedController,
  RetentionController,
  TypingController,
  WebhooksController,
];

const providers: Provider[] = [
  BlocksRepository,
  BlocksService,
  ChangesRepository,
  ChangesService,
  ChannelsRepository,
  ChannelsService,
  ChannelTrims,
  ContactItems,
  ExportService,
  GatewayChannels,
  GroupIndex,
  Acquaintances,
  GroupMembers,
  GroupsRepository,
  GroupsService,
  Hooks,
  InboxCompletion,
  InboxRepository,
  InboxService,
  LargeReads,
  LogsRepository,
  LogsService,
  MemoryWatch,
  Mentions,
  PostItems,
  PostsRepository,
  PostsService,
  PurgeRepository,
  PurgeService,
  ReadsRepository,
  ReadsService,
  ReceivedFill,
  ReceivedRepository,
  ReceivedService,
  ReceivedSweeps,
  ReceivedTexts,
  StorageBudget,
  TypingService,
  UserDirectory,
  UserEvents,
  DeliveriesService,
  Webhooks,
  WebhooksRepository,
  { provide: PRESENCE_CLOCK, useValue: performance },
];

/** How long the events of a user are kept after a webhook has given them up, so that they can be sent again. */
const DAY_MS = 86_400_000;

/** Wires the channels service. */
@Module({})
export class AppModule {
  static forRoot(settings: ChannelsSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceKitModule.forRoot({ service: 'channels', settings, calls: ['users'] })],
      controllers,
      providers: [...providers, ...fromSettings(settings)],
    };
  }
}

/** What the classes of the service take from its settings. */
function fromSettings(settings: ChannelsSettings): Provider[] {
  const retention: Retention = {
    messages: settings.MESSAGES_PER_CHANNEL,
    changes: settings.CHANGES_PER_CHANNEL,
    inboxItems: settings.INBOX_ITEMS,
    clientUuidMs: settings.CLIENT_UUID_TTL_SECONDS * 1_000,
    fanOutMembers: settings.INBOX_FANOUT_MEMBERS,
  };
  const rate: StorageRate = {
    perSecond: settings.USER_STORED_BYTES_PER_SECOND,
    burst: settings.USER_STORED_BYTES_BURST,
  };
  const groupLimits: GroupLimits = {
    membersPerGroup: settings.MEMBERS_PER_GROUP,
    groupsPerUser: settings.GROUPS_PER_USER,
  };
  return [
    { provide: ChannelKeys, useValue: new ChannelKeys(settings.REDIS_PREFIX) },
    { provide: RETENTION, useValue: retention },
    { provide: GROUP_LIMITS, useValue: groupLimits },
    { provide: STORAGE_RATE, useValue: rate },
    { provide: HIGH_WATER_MARK, useValue: settings.STORAGE_HIGH_WATER_PERCENT / 100 },
    { provide: HOOK_SET, useFactory: (logger: Logger) => hooksOf(settings, logger), inject: [LOGGER] },
    {
      provide: WEBHOOKS,
      useFactory: (...parts: WebhookParts) => runningWebhooks(settings, ...parts),
      inject: [WebhooksRepository, LogsRepository, REDIS, ChannelKeys, LOGGER],
    },
    { provide: USER_EVENTS_KEEP_MS, useValue: settings.WEBHOOK_GIVE_UP_SECONDS * 1_000 + DAY_MS },
    {
      provide: APPENDER,
      useFactory: (redis: RedisConnection, logger: Logger) => appenderOf(settings, redis, logger),
      inject: [REDIS, LOGGER],
    },
  ];
}

/** With ACK_REPLICAS, on a connection of its own, which is not a Cluster's. */
function appenderOf(settings: ChannelsSettings, redis: RedisConnection, logger: Logger): Appender {
  if (settings.ACK_REPLICAS === 0) return new PublishingAppender(redis);
  const own = connectRedis(settings) as Redis;
  own.on('error', (error: Error) => logger.warn({ err: error }, 'redis connection that appends'));
  return new ReplicatedAppender(own, settings.ACK_REPLICAS);
}

/** What asks hooks is loaded only where there is one. */
async function hooksOf(settings: ChannelsSettings, logger: Logger): Promise<HookSet> {
  if (settings.HOOK_BEFORE_SEND_URL === undefined && settings.HOOK_AUTHORISE_URL === undefined)
    return NO_HOOKS;
  const { hookSetOf } = await import('./hooks/hook-set.js');
  return hookSetOf(settings, logger);
}

type WebhookParts = [
  repository: WebhooksRepository,
  logs: LogsRepository,
  redis: RedisConnection,
  keys: ChannelKeys,
  logger: Logger,
];

/** The same for webhooks. */
async function runningWebhooks(
  settings: ChannelsSettings,
  ...[repository, logs, redis, keys, logger]: WebhookParts
): Promise<RunningWebhook[]> {
  if (settings.WEBHOOKS === undefined) return [];
  const { webhooksOf } = await import('./webhooks/webhook-set.js');
  const [channels, users] = [new ChannelEntries(logs), new UserEntries(redis, keys)];
  return webhooksOf(settings, { repository, channels, users, logger });
}
