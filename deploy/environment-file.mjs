import { randomBytes } from 'node:crypto';
import { keyLists, nextKeys } from './auth-keys.mjs';

/** The compose files for each form of Redis. */
export const COMPOSE_FILES = {
  single: ['docker-compose.yml'],
  ha: ['docker-compose.yml', 'deploy/compose/ha.yml'],
  cluster: ['docker-compose.yml', 'deploy/compose/cluster.yml'],
};

/** The compose file that adds TLS to any of them. */
export const TLS_FILE = 'deploy/compose/tls.yml';

/** What each variable means that the compose files alone read; its default stands in them. */
export const VARIABLES = {
  CHAT_PORT: 'Where the chat is published: a port, or address:port',
  CHAT_TLS_PORT: 'Where the chat is published with TLS, with `deploy/compose/tls.yml`',
  CERTIFICATES: 'Folder of the certificates, with `deploy/compose/tls.yml`',
  PARLEY_IMAGE: 'Image of the services',
  NODE_IMAGE: 'Image on which that one is built',
  REDIS_IMAGE: 'Image of Redis',
  HAPROXY_IMAGE: 'Image of HAProxy',
  PROMETHEUS_IMAGE: 'Image of Prometheus',
  GRAFANA_IMAGE: 'Image of Grafana',
  REDIS_MAXMEMORY: 'Memory of each Redis for data; past it requests are refused with `STORAGE_FULL`',
  AUTH_MEMORY: 'Memory limit of one container of auth',
  USERS_MEMORY: 'Memory limit of one container of users',
  CHANNELS_MEMORY: 'Memory limit of one container of channels',
  GATEWAY_MEMORY: 'Memory limit of one gateway',
  GATEWAY_STOP_GRACE: 'When a gateway that ends is killed: more than 8 s after `DRAIN_SECONDS`',
  SENTINELS_OPEN:
    'Whether clients of the release before, which have no password, may ask the Sentinels where the master is',
  REDIS_NETWORK: 'First three parts of the addresses, with Sentinels or as a Cluster',
  PROMETHEUS_PORT: 'Where Prometheus is published, with the profile `observability`',
  GRAFANA_PORT: 'Where Grafana is published, with the profile `observability`',
};

/**
 * What a new installation keeps, so that Redis does not fill with time: 13 MB for a channel of short messages (docs/operations.md,
 * "Sizing"). An installation without the setting keeps everything.
 */
export const RETENTION = { MESSAGES_PER_CHANNEL: 20_000 };

const PASSWORDS = ['ADMIN', 'AUTH', 'USERS', 'CHANNELS', 'GATEWAY', 'OPERATOR', 'REPLICA', 'SENTINEL'];

const secrets = () => [
  ...PASSWORDS.map((user) => [`REDIS_${user}_PASSWORD`, randomBytes(32).toString('hex')]),
  ['SENTINEL_PASSWORD', randomBytes(32).toString('hex')],
  ['SENTINEL_CLIENT_PASSWORD', randomBytes(32).toString('hex')],
  ['GRAFANA_PASSWORD', randomBytes(32).toString('hex')],
];

/**
 * Returns the text of a new .env with new secrets.
 * @param {string} redis one of the keys of {@link COMPOSE_FILES}
 * @param {boolean} tls whether clients and Redis speak TLS
 * @throws RangeError for any other
 */
export function environmentFile(redis, tls = false) {
  if (!COMPOSE_FILES[redis])
    throw new RangeError(`--redis ${redis}: expected one of ${Object.keys(COMPOSE_FILES).join(', ')}`);
  const files = tls ? [...COMPOSE_FILES[redis], TLS_FILE] : COMPOSE_FILES[redis];
  const lines = [
    '# Variables of docker-compose.yml. Any setting of docs/operations.md may be added.',
    `COMPOSE_FILE=${files.join(':')}`,
    ...[...Object.entries(nextKeys()), ...secrets()].map(([name, value]) => `${name}=${value}`),
    '# Newest messages that a channel keeps; 0 keeps all.',
    ...Object.entries(RETENTION).map(([name, value]) => `${name}=${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Returns the same .env with new secrets, those that it lacks included, and everything else unchanged. Auth keeps the key
 * that was in use after the new one, for what gateways still seal to it.
 * @param {string} text
 * @param {{leaked?: boolean}} [options] `leaked`: no key stays
 */
export function rotated(text, { leaked = false } = {}) {
  const inUse = leaked ? undefined : secretIn(text, 'AUTH_PRIVATE_KEYS');
  // For the release before; kept for one release longer. A new .env has none.
  const shared = [['SEALING_KEY', randomBytes(32).toString('base64')]].filter(([name]) =>
    secretIn(text, name),
  );
  return withValues(text, Object.fromEntries([...Object.entries(nextKeys(inUse)), ...shared, ...secrets()]));
}

/** Returns the same .env with the secrets that it lacks, as one that was written for an earlier version does. */
export function completed(text) {
  const privateKeys = secretIn(text, 'AUTH_PRIVATE_KEYS');
  const keys = privateKeys ? keyLists(privateKeys) : nextKeys();
  const missing = secrets().filter(([name]) => !secretIn(text, name));
  return withValues(text, { ...keys, ...Object.fromEntries(missing) });
}

const secretIn = (text, name) => new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1];

/** Returns the same text with these variables: each replaces its line, or comes at the end. */
export function withValues(text, values) {
  const missing = new Map(Object.entries(values));
  const changed = text.replace(/^([A-Z_]+)=.*$/gm, (line, name) => {
    missing.delete(name);
    return name in values ? `${name}=${values[name]}` : line;
  });
  const added = [...missing].map(([name, value]) => `${name}=${value}\n`).join('');
  return changed.endsWith('\n') || changed === '' ? changed + added : `${changed}\n${added}`;
}
