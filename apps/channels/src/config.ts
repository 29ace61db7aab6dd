import { integerSetting, readSettings, serviceSettings } from '@parley/service-kit';

/** What this service reads from the environment. */
export const channelsSettings = {
  ...serviceSettings,
  MESSAGES_PER_CHANNEL: integerSetting(0, 1_000_000_000, 0).describe(
    'Newest messages that a channel keeps at least; 0 keeps all',
  ),
  INBOX_ITEMS: integerSetting(1, 1_000_000, 1_000).describe('Newest items that an inbox keeps at least'),
  CLIENT_UUID_TTL_SECONDS: integerSetting(60, 604_800, 86_400).describe(
    'Time for which a message sent again with the same clientUUID is recognised, in seconds',
  ),
};

/** @throws SettingsError that names every fault. */
export const readChannelsSettings = (env: NodeJS.ProcessEnv) => readSettings(channelsSettings, env);

/** The checked settings. */
export type ChannelsSettings = ReturnType<typeof readChannelsSettings>;
