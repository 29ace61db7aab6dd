import { fileURLToPath } from 'node:url';
import { type RedisUser, redisSettings } from '@parley/redis';
import type { StackSettings } from './settings.js';

/** Settings that every service has. */
const forAll = [
  'REQUEST_DEADLINE_MS',
  'REQUEST_QUEUE_LENGTH',
  'REQUEST_QUEUE_AGE_MS',
  'REQUEST_PARTITIONS',
  'TAKE_OVER_AFTER_MS',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
];

/** The variables passed to each service when they are set. Nothing else of our environment reaches it. */
export const handedOn: Record<RedisUser, readonly string[]> = {
  auth: [
    ...forAll,
    'SESSION_TTL_SECONDS',
    'SESSIONS_PER_USER',
    'AUTH_METHODS',
    'TOKEN_SECRET',
    'TOKEN_PUBLIC_KEY',
    'TOKEN_JWKS_URL',
    'TOKEN_ISSUER',
    'TOKEN_AUDIENCE',
    'TOKEN_LEEWAY_SECONDS',
    'TOKEN_NAME_CLAIMS',
    'TOKEN_DISPLAY_NAME_CLAIMS',
    'TOKEN_PICTURE_CLAIMS',
    'REGISTRATION',
    'AUTO_SIGNUP',
    'SIGN_UPS_PER_ADDRESS',
    'KEY_AUDIT_ENTRIES',
    'SIGN_IN_FAILURES_PER_PAIR',
    'SIGN_IN_FAILURES_PER_USERNAME',
    'SIGN_IN_FAILURES_PER_ADDRESS',
    'SIGN_IN_WINDOW_SECONDS',
    'ARGON2_MEMORY_KIB',
    'ARGON2_ITERATIONS',
    'ARGON2_PARALLELISM',
    'HASHINGS_AT_ONCE',
    'HASHINGS_WAITING',
  ],
  users: [
    ...forAll,
    'PRESENCE_LEASE_SECONDS',
    'CONTACTS_PER_USER',
    'BLOCKED_PER_USER',
    'PRESENCE_BROADCAST_USERS',
    'USERS_SLOTS',
  ],
  channels: [
    ...forAll,
    'MESSAGES_PER_CHANNEL',
    'INBOX_ITEMS',
    'INBOX_FANOUT_MEMBERS',
    'CHANGES_PER_CHANNEL',
    'CLIENT_UUID_TTL_SECONDS',
    'USER_STORED_BYTES_PER_SECOND',
    'USER_STORED_BYTES_BURST',
    'STORAGE_HIGH_WATER_PERCENT',
    'MEMBERS_PER_GROUP',
    'GROUPS_PER_USER',
    'ACK_REPLICAS',
    'HOOK_BEFORE_SEND_URL',
    'HOOK_BEFORE_SEND_ON_FAILURE',
    'HOOK_AUTHORISE_URL',
    'HOOK_AUTHORISE_ON_FAILURE',
    'HOOK_KEYS',
    'HOOK_CHANNELS',
    'HOOK_DEADLINE_MS',
    'HOOK_CALLS_WAITING',
    'HOOK_CALLS_PER_USER',
    'HOOK_BYTES_WAITING',
    'HOOK_PRIVATE_ADDRESSES',
    'WEBHOOKS',
    'WEBHOOK_GIVE_UP_SECONDS',
    'WEBHOOK_RETRY_MS',
  ],
  gateway: [
    ...forAll,
    'CLIENT_LOCATION',
    'ADMIN_ON',
    'CHANNEL_JOIN_ORDER',
    'MAX_FRAME_BYTES',
    'MAX_BUFFERED_BYTES',
    'MAX_QUEUED_FRAMES',
    'MAX_QUEUED_BYTES',
    'INTAKE_BYTES',
    'MAX_CONNECTIONS',
    'CONNECTIONS_PER_ADDRESS',
    'CONNECTIONS_PER_USER',
    'SYS_FRAMES_PER_SECOND',
    'JOIN_FRAMES_PER_SECOND',
    'FRAMES_PER_SECOND',
    'FRAMES_BURST',
    'KEY_REQUESTS_PER_SECOND',
    'KEY_REQUESTS_BURST',
    'BYTES_PER_SECOND',
    'BYTES_BURST',
    'USER_ANSWER_BYTES_PER_SECOND',
    'ANSWER_BYTES_PER_SECOND',
    'PRESENCE_GRACE_SECONDS',
    'PRESENCE_WATCHES',
    'SILENT_CHECK_SECONDS',
    'FANOUT_TICK_MS',
    'COMPRESSION',
    'TRUST_PROXY',
    'ALLOWED_ORIGINS',
  ],
};

/**
 * V8 looks for garbage among all objects whenever what lives has grown by some megabytes, buffers of large answers included: on a busy
 * replica about every two seconds, for 20 ms at a time and some more in between. With this it has to double (docs/decisions/0068).
 */
const GROWTH = '--heap-growing-percent=100';

/**
 * The options for Node, as in docker-compose.yml and k8s/base. The objects that a busy channels service holds outlive
 * a young generation of V8's default size. They would be copied again and again, at a fifth of the service's CPU. V8
 * collects a young generation in several threads and waits for the last one. On busy cores that takes longer than one
 * thread would need for all of it.
 */
export const nodeOptions: Record<RedisUser, readonly string[]> = {
  auth: [GROWTH],
  users: [GROWTH],
  channels: ['--no-parallel-scavenge', '--max-semi-space-size=64', GROWTH],
  gateway: ['--no-parallel-scavenge', GROWTH],
};

/**
 * The folder in which Node (22.1 or later) keeps what it has compiled, one file for each module: the next start takes about a tenth
 * less CPU. Where it cannot be written, nothing is kept.
 */
const COMPILED = fileURLToPath(new URL('../../../.cache/compiled', import.meta.url));

/** The keys that secrets are sealed with, as the settings of auth and the gateway have them. */
export interface SealKeys {
  readonly privateKeys: string;
  readonly publicKeys: string;
  /** Only where one is given; kept for one release longer. */
  readonly sealingKey: string | undefined;
}

/** The keys of one service: the private ones are auth's alone. */
function keysOf(
  service: RedisUser,
  { privateKeys, publicKeys, sealingKey }: SealKeys,
): Record<string, string> {
  if (service !== 'auth' && service !== 'gateway') return {};
  return {
    ...(service === 'auth' ? { AUTH_PRIVATE_KEYS: privateKeys } : { AUTH_PUBLIC_KEYS: publicKeys }),
    ...(sealingKey !== undefined && { SEALING_KEY: sealingKey }),
  };
}

/** The environment of one process of `service`. */
export function serviceEnvironment(
  service: RedisUser,
  stack: {
    settings: StackSettings;
    redisUrl: string | undefined;
    keys: SealKeys;
    port: number;
    metricsPort: number;
  },
  given: NodeJS.ProcessEnv,
): Record<string, string> {
  const { settings, redisUrl } = stack;
  const redis = redisUrl ? { REDIS_URL: redisUrl } : pick(given, Object.keys(redisSettings));
  return {
    NODE_COMPILE_CACHE: COMPILED,
    ...pick(given, ['PATH', 'TZ', 'NODE_EXTRA_CA_CERTS', 'UV_THREADPOOL_SIZE', 'NODE_COMPILE_CACHE']),
    ...pick(given, handedOn[service]),
    ...redis,
    NODE_ENV: 'production',
    REDIS_PREFIX: settings.REDIS_PREFIX,
    LOG_LEVEL: settings.logLevel,
    HEALTH_HOST: '127.0.0.1',
    HEALTH_PORT: '0',
    METRICS_HOST: settings.metrics.host,
    METRICS_PORT: String(stack.metricsPort),
    ...keysOf(service, stack.keys),
    ...(service === 'gateway' && {
      HOST: settings.listen.host,
      PORT: String(stack.port),
      DRAIN_SECONDS: String(settings.drainSeconds),
    }),
  };
}

function pick(from: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const entries = names.map((name) => [name, from[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => Boolean(entry[1])));
}
