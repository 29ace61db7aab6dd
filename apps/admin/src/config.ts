import { redisSettings } from '@parley/redis';
import { readSettings, serviceSettings } from '@parley/service-kit';

const { REQUEST_DEADLINE_MS, REQUEST_QUEUE_LENGTH } = serviceSettings;

/** Every setting of the operator's command. */
export const adminSettings = { ...redisSettings, REQUEST_DEADLINE_MS, REQUEST_QUEUE_LENGTH };

/**
 * Reads the settings of the operator's command.
 * @throws SettingsError that names every fault.
 */
export const readAdminSettings = (env: NodeJS.ProcessEnv) => readSettings(adminSettings, env);

/** The checked form of {@link adminSettings}. */
export type AdminSettings = ReturnType<typeof readAdminSettings>;
