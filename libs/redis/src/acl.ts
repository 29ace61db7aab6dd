/** The services that have a Redis user of their own. */
export const REDIS_USERS = ['auth', 'users', 'channels', 'gateway'] as const;
export type RedisUser = (typeof REDIS_USERS)[number];

/** The services that each service sends requests to. */
const CALLS: Record<RedisUser, readonly RedisUser[]> = {
  auth: ['users'],
  users: [],
  channels: ['users'],
  gateway: ['auth', 'users', 'channels'],
};

/** What each service owns, and the name spaces of the keys that hold it: no other service reads or writes them. */
export const OWNED: Readonly<
  Record<RedisUser, { readonly what: string; readonly spaces: readonly string[] }>
> = {
  auth: { what: 'credentials, sessions, throttling', spaces: ['auth'] },
  users: { what: 'usernames, directory, presence', spaces: ['users', 'presence'] },
  channels: { what: 'channels, joined connections, message log', spaces: ['channels'] },
  gateway: { what: 'connections', spaces: ['gateway'] },
};

/** Pub/sub channels beyond those of the transport. */
const PUB_SUB: Record<RedisUser, readonly string[]> = {
  auth: [],
  users: [],
  channels: ['channels:*'],
  gateway: ['channels:*', 'gateway:*'],
};

/** All commands except those that no service needs: they read everything, wipe it, or change the server. */
const COMMANDS = [
  '+@all',
  '-@admin',
  '-@dangerous',
  '+info',
  '+client|id',
  '+client|unblock',
  '+client|setname',
  '+cluster|slots',
  '+cluster|shards',
  '+cluster|nodes',
  '+cluster|info',
];

/**
 * The ACL rules of each service's Redis user, without `on` and the password. They allow its own keys and the request
 * streams of the services that it calls, and nothing else.
 */
export function aclUsers(prefix: string): Record<RedisUser, string[]> {
  const entries = REDIS_USERS.map((name) => [name, rulesFor(prefix, name)] as const);
  return Object.fromEntries(entries) as Record<RedisUser, string[]>;
}

function rulesFor(prefix: string, name: RedisUser): string[] {
  const rpc = `${prefix}:rpc`;
  return [
    'resetkeys',
    'resetchannels',
    ...OWNED[name].spaces.map((space) => `~${prefix}:${space}:*`),
    `~${rpc}:{${name}}:*`,
    `~${rpc}:{events}:*`,
    ...CALLS[name].flatMap((callee) => [
      `~${rpc}:{${callee}}:requests`,
      `~${rpc}:{${callee}}:depth`,
      `~${rpc}:{${callee}}:sent:${name}.*`,
    ]),
    ...PUB_SUB[name].map((space) => `&${prefix}:${space}`),
    `&${rpc}:{${name}}:reply:*`,
    ...CALLS[name].map((callee) => `&${rpc}:{${callee}}:reply:${name}.*`),
    ...COMMANDS,
  ];
}
