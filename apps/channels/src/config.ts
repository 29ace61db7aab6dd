import { integerSetting, readSettings, SettingsError, serviceSettings } from '@parley/service-kit';
import { hookFaults, hookSettings } from './hooks/hook-settings.js';
import { webhookFaults, webhookSettings } from './webhooks/webhook-settings.js';

const MEBIBYTE = 1024 * 1024;

/** What this service reads from the environment. */
export const channelsSettings = {
  ...serviceSettings,
  MESSAGES_PER_CHANNEL: integerSetting(0, 1_000_000_000, 0).describe(
    'Newest messages that a channel keeps at least; 0 keeps all',
  ),
  INBOX_ITEMS: integerSetting(1, 1_000_000, 1_000).describe('Newest items that an inbox keeps at least'),
  INBOX_FANOUT_MEMBERS: integerSetting(0, 1_000, 100).describe(
    "Members of a group at most for which each of its messages goes into every other member's inbox; members of larger groups find there who mentions, invites or removes them; 0: of every group",
  ),
  CHANGES_PER_CHANNEL: integerSetting(100, 100_000_000, 10_000).describe(
    'Newest changes (edits, deletions, reactions, changes of membership) that a channel keeps at least; a client that resumes from before them reloads',
  ),
  CLIENT_UUID_TTL_SECONDS: integerSetting(60, 604_800, 86_400).describe(
    'Time for which a message sent again with the same clientUUID is recognised, in seconds',
  ),
  USER_STORED_BYTES_PER_SECOND: integerSetting(0, 1_024 * MEBIBYTE, 2_048).describe(
    'Bytes of messages per second that are stored for one user, in all channels and over all replicas; above that, posts are refused with RATE_LIMITED; past the high-water mark it is an eighth; 0: no limit',
  ),
  USER_STORED_BYTES_BURST: integerSetting(64 * 1_024, 1_048_576 * MEBIBYTE, 4 * MEBIBYTE).describe(
    'Bytes that are stored for one user at once after a pause; past the high-water mark it is 1/64, but at least 16 KiB',
  ),
  STORAGE_HIGH_WATER_PERCENT: integerSetting(1, 100, 80).describe(
    "Share of Redis's maxmemory past which those who have stored much lately are refused with RATE_LIMITED; 100: never",
  ),
  MEMBERS_PER_GROUP: integerSetting(2, 1_000_000, 100_000).describe(
    'Members of a group at most; above that, joins and invitations are refused with LIMIT_REACHED',
  ),
  GROUPS_PER_USER: integerSetting(1, 100_000, 1_000).describe(
    'Groups that a user is in at most; above that, LIMIT_REACHED',
  ),
  ACK_REPLICAS: integerSetting(0, 8, 0).describe(
    'Replicas of Redis that must have a message before it is acknowledged and shown; 0 waits for none; not with a Cluster',
  ),
  ...hookSettings,
  ...webhookSettings,
};

/** @throws SettingsError that names every fault. */
export function readChannelsSettings(env: NodeJS.ProcessEnv) {
  const settings = readSettings(channelsSettings, env);
  // WAIT names no key. ioredis sends it to the node of the script before it, but repeats neither where the slot has moved, since
  // WAIT was answered there: each move of a slot would refuse posts.
  const isWaitLost = settings.ACK_REPLICAS > 0 && settings.REDIS_CLUSTER_NODES !== undefined;
  const faults = [
    ...(isWaitLost ? ['ACK_REPLICAS: expected 0 with REDIS_CLUSTER_NODES'] : []),
    ...hookFaults(settings),
    ...webhookFaults(settings),
  ];
  if (faults.length > 0) throw new SettingsError(`Wrong settings: ${faults.join('; ')}`);
  return settings;
}

/** The checked settings. */
export type ChannelsSettings = ReturnType<typeof readChannelsSettings>;
