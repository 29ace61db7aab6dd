import { availableParallelism } from 'node:os';
import {
  integerSetting,
  privateKeysSetting,
  readSettings,
  SettingsError,
  sealingKeySetting,
  serviceSettings,
} from '@parley/service-kit';
import { z } from 'zod';
import { tokenFaults, tokenSettings } from './tokens/token-settings.js';

const DAY_SECONDS = 86_400;

/** Every setting of the auth service. */
export const authSettings = {
  ...serviceSettings,
  AUTH_PRIVATE_KEYS: privateKeysSetting(),
  SEALING_KEY: sealingKeySetting(),
  ...tokenSettings,
  SESSION_TTL_SECONDS: integerSetting(1, 365 * DAY_SECONDS, 30 * DAY_SECONDS).describe(
    'Life of a session after its last use, in seconds',
  ),
  SESSIONS_PER_USER: integerSetting(1, 10_000, 100).describe(
    'Most sessions of one user; a new one above that ends the least recently used one',
  ),
  REGISTRATION: z
    .enum(['open', 'closed'], 'expected open or closed')
    .default('open')
    .describe('Whether clients may create accounts; closed refuses sign-ups with FORBIDDEN'),
  AUTO_SIGNUP: z
    .enum(['true', 'false'], 'expected true or false')
    .default('true')
    .transform((value) => value === 'true')
    .describe(
      'Whether signing in with an unknown username creates the account; if not, it looks like a wrong password',
    ),
  SIGN_UPS_PER_ADDRESS: integerSetting(0, 1_000_000, 10_000).describe(
    'Accounts that one client address may create in an hour (an IPv6 /64 counts as one); 0: no limit',
  ),
  SIGN_IN_FAILURES_PER_PAIR: integerSetting(1, 1_000, 5).describe(
    'Failed sign-ins with one username from one address within a window after which both together are refused',
  ),
  SIGN_IN_FAILURES_PER_USERNAME: integerSetting(1, 100_000, 10).describe(
    'Failed sign-ins after which a username is slowed, except where its user has signed in before',
  ),
  SIGN_IN_FAILURES_PER_ADDRESS: integerSetting(1, 100_000, 100).describe(
    'Failed sign-ins after which a client address is slowed, except for users who have signed in there before',
  ),
  SIGN_IN_WINDOW_SECONDS: integerSetting(1, DAY_SECONDS, 900).describe(
    'How long a failed sign-in counts for its username and address together, in seconds',
  ),
  KEY_AUDIT_ENTRIES: integerSetting(100, 10_000_000, 100_000).describe(
    'Uses of keys of operators that the audit keeps, about: so many operations, and so many acts as users',
  ),
  // The defaults are OWASP's first recommendation for argon2id (Password Storage Cheat Sheet, "Argon2id").
  ARGON2_MEMORY_KIB: integerSetting(1_024, 1_048_576, 19_456).describe(
    'Memory of one password hashing, in KiB',
  ),
  ARGON2_ITERATIONS: integerSetting(1, 100, 2).describe('Passes of one password hashing over its memory'),
  ARGON2_PARALLELISM: integerSetting(1, 16, 1).describe('Lanes of one password hashing'),
  HASHINGS_AT_ONCE: integerSetting(0, 128, 0).describe(
    'Most hashings of one replica at a time; 0 means one per core, but at most one fewer than the thread pool has threads',
  ),
  HASHINGS_WAITING: integerSetting(0, 100_000, 256).describe(
    'Most hashings of one replica that may wait; above that, the address with the most is refused with OVERLOADED',
  ),
};

/**
 * Reads the settings of the auth service.
 * @throws SettingsError that names every fault.
 */
export function readAuthSettings(env: NodeJS.ProcessEnv) {
  const settings = readSettings(authSettings, env);
  const faults = tokenFaults(settings);
  if (!settings.AUTH_PRIVATE_KEYS && (!settings.SEALING_KEY || settings.AUTH_METHODS.includes('token')))
    faults.unshift('AUTH_PRIVATE_KEYS: expected the keys that gateways seal to');
  if (faults.length > 0) throw new SettingsError(`Wrong settings: ${faults.join('; ')}`);
  return settings;
}

/**
 * How many hashings may run at once. Argon2 runs in libuv's thread pool, which also serves file reads and host name
 * look-ups, so by default one thread stays free (libuv, "Thread pool work scheduling": 4 unless UV_THREADPOOL_SIZE is set).
 */
export function hashingsAtOnce({ HASHINGS_AT_ONCE }: AuthSettings): number {
  if (HASHINGS_AT_ONCE > 0) return HASHINGS_AT_ONCE;
  const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
  return Math.max(1, Math.min(availableParallelism(), threads - 1));
}

/** The checked form of {@link authSettings}. */
export type AuthSettings = ReturnType<typeof readAuthSettings>;
