import { LEASE_SECONDS } from '@parley/contracts';
import { integerSetting, readSettings, serviceSettings } from '@parley/service-kit';
import { z } from 'zod';

/** The default of PRESENCE_BROADCAST_USERS (docs/architecture.md, "Presence"). */
const BROADCAST_USERS = 10_000;

/** Every setting of the users service. */
export const usersSettings = {
  ...serviceSettings,
  PRESENCE_LEASE_SECONDS: integerSetting(1, 3_600, LEASE_SECONDS).describe(
    'Time within which the users of a dead gateway go offline, in seconds; gateways renew their lease after 0.3 of it',
  ),
  USERS_SLOTS: z
    .enum(['one', 'many'], 'expected one or many')
    .default('one')
    .describe(
      'Whether presence and the names of users go to many hash slots, for a Cluster whose master with all of it is busy: for good, and only when every replica is of a version that has this setting',
    ),
  CONTACTS_PER_USER: integerSetting(1, 100_000, 1_000).describe(
    'Contacts that a user may have; another one is refused with LIMIT_REACHED',
  ),
  BLOCKED_PER_USER: integerSetting(1, 100_000, 1_000).describe(
    'Users whom one user may have blocked; another one is refused with LIMIT_REACHED',
  ),
  PRESENCE_BROADCAST_USERS: integerSetting(0, 10_000_000, BROADCAST_USERS).describe(
    'Users online up to which everyone is told who signs in and out; above it, those are told who share a channel with that user; 0: never everyone',
  ),
};

/**
 * Reads the settings of the users service.
 * @throws SettingsError that names every fault.
 */
export const readUsersSettings = (env: NodeJS.ProcessEnv) => readSettings(usersSettings, env);

/** The checked form of {@link usersSettings}. */
export type UsersSettings = ReturnType<typeof readUsersSettings>;
