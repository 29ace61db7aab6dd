import type { AuthContract } from '../auth.js';
import type { ChannelsContract } from '../channels.js';
import type { AuthOperatorContract, ChannelsExportContract, UsersExportContract } from '../operators.js';
import type { AuthPurgeContract, ChannelsPurgeContract, UsersPurgeContract } from '../purges.js';
import type { ChannelsRetentionContract } from '../retention.js';
import type { UsersContract } from '../users.js';
import type { ChannelsWebhooksContract } from '../webhooks.js';

/** A request that gateways, services or the admin make. */
export type Pattern =
  | keyof (AuthContract & AuthOperatorContract & AuthPurgeContract)
  | keyof (ChannelsContract & ChannelsExportContract & ChannelsPurgeContract)
  | keyof (ChannelsRetentionContract & ChannelsWebhooksContract)
  | keyof (UsersContract & UsersExportContract & UsersPurgeContract);
