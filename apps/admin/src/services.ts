import type {
  AuthOperatorContract,
  AuthPurgeContract,
  ChannelsExportContract,
  ChannelsPurgeContract,
  ChannelsRetentionContract,
  ChannelsWebhooksContract,
  ContractMap,
  UsersExportContract,
  UsersPurgeContract,
} from '@parley/contracts';
import { connectRedis, OPERATOR, type Operated, operatorsStream } from '@parley/redis';
import { RedisTransportClient } from '@parley/redis-transport';
import { ServiceClient } from '@parley/service-kit';
import type { AdminSettings } from './config.js';

/** The services as operators reach them. A connection opens with the first request to its service. */
export class Services {
  private readonly transports = new Map<Operated, RedisTransportClient>();

  constructor(private readonly settings: AdminSettings) {}

  get auth(): ServiceClient<AuthOperatorContract & AuthPurgeContract> {
    return this.clientOf('auth');
  }

  get users(): ServiceClient<UsersExportContract & UsersPurgeContract> {
    return this.clientOf('users');
  }

  get channels(): ServiceClient<
    ChannelsExportContract & ChannelsPurgeContract & ChannelsRetentionContract & ChannelsWebhooksContract
  > {
    return this.clientOf('channels');
  }

  async close(): Promise<void> {
    await Promise.all([...this.transports.values()].map((transport) => transport.close()));
  }

  private clientOf<M extends ContractMap>(service: Operated): ServiceClient<M> {
    const transport = this.transports.get(service) ?? this.open(service);
    return new ServiceClient<M>(operatorsStream(service), transport, this.settings.REQUEST_DEADLINE_MS);
  }

  private open(service: Operated): RedisTransportClient {
    const { settings } = this;
    const transport = new RedisTransportClient({
      service: operatorsStream(service),
      clientName: OPERATOR,
      prefix: `${settings.REDIS_PREFIX}:rpc`,
      connect: () => connectRedis(settings, { maxRetriesPerRequest: null }),
      maxQueue: settings.REQUEST_QUEUE_LENGTH,
    });
    this.transports.set(service, transport);
    return transport;
  }
}
