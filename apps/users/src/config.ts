import { LEASE_SECONDS } from '@parley/contracts';
import { integerSetting, readSettings, serviceSettings } from '@parley/service-kit';

/** Every setting of the users service. */
export const usersSettings = {
  ...serviceSettings,
  PRESENCE_LEASE_SECONDS: integerSetting(1, 3_600, LEASE_SECONDS).describe(
    'Time within which the users of a dead gateway go offline, in seconds; gateways renew their lease after 0.3 of it',
  ),
};

/**
 * Reads the settings of the users service.
 * @throws SettingsError that names every fault.
 */
export const readUsersSettings = (env: NodeJS.ProcessEnv) => readSettings(usersSettings, env);

/** The checked form of {@link usersSettings}. */
export type UsersSettings = ReturnType<typeof readUsersSettings>;
