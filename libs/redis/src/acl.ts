/** The services that have a Redis user of their own. */
export const REDIS_USERS = ['auth', 'users', 'channels', 'gateway'] as const;
export type RedisUser = (typeof REDIS_USERS)[number];

/** The services that operators send requests to, each over a request stream of its own: see {@link operatorsStream}. */
export const OPERATED = ['auth', 'users', 'channels'] as const satisfies readonly RedisUser[];
export type Operated = (typeof OPERATED)[number];

/** The Redis user of the operator's command. */
export const OPERATOR = 'operator';

/** The transport's name of a service as operators ask it. No gateway may write to its stream. */
export const operatorsStream = (service: Operated): string => `${service}-${OPERATOR}`;

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

/** The commands of a client of the transport that sends requests and no events, and those of its scripts. */
const ASKING = [
  '-@all',
  ...['auth', 'hello', 'ping', 'info', 'client|setname', 'cluster|slots', 'cluster|info'],
  ...['subscribe', 'unsubscribe', 'ssubscribe', 'sunsubscribe', 'eval', 'evalsha'],
  ...['xadd', 'xlen', 'get', 'set', 'del', 'getrange', 'setrange', 'incrby', 'pexpire', 'time'],
].map((rule) => (rule.startsWith('-') ? rule : `+${rule}`));

/**
 * The ACL rules of each service's Redis user and of the operator, without `on` and the password. They allow its own keys and
 * the request streams of the services that it calls, and nothing else.
 */
export function aclUsers(prefix: string): Record<RedisUser | typeof OPERATOR, string[]> {
  const entries = REDIS_USERS.map((name) => [name, rulesFor(prefix, name)] as const);
  const services = Object.fromEntries(entries) as Record<RedisUser, string[]>;
  return { ...services, [OPERATOR]: rulesForOperator(prefix) };
}

function rulesFor(prefix: string, name: RedisUser): string[] {
  const rpc = `${prefix}:rpc`;
  const served = [name, ...OPERATED.filter((service) => service === name).map(operatorsStream)];
  return [
    'resetkeys',
    'resetchannels',
    ...OWNED[name].spaces.map((space) => `~${prefix}:${space}:*`),
    ...served.map((service) => `~${rpc}:{${service}}:*`),
    `~${rpc}:{events}:*`,
    ...CALLS[name].flatMap((callee) => mayAsk(rpc, callee, name)),
    ...PUB_SUB[name].map((space) => `&${prefix}:${space}`),
    ...served.map((service) => `&${rpc}:{${service}}:reply:*`),
    ...COMMANDS,
  ];
}

function rulesForOperator(prefix: string): string[] {
  const asked = OPERATED.flatMap((service) => mayAsk(`${prefix}:rpc`, operatorsStream(service), OPERATOR));
  return ['resetkeys', 'resetchannels', ...asked, ...ASKING];
}

/** What a client called `caller` needs to send requests to a service and to get the replies. */
const mayAsk = (rpc: string, service: string, caller: string): string[] => [
  `~${rpc}:{${service}}:requests`,
  `~${rpc}:{${service}}:depth`,
  `~${rpc}:{${service}}:sent:${caller}.*`,
  `&${rpc}:{${service}}:reply:${caller}.*`,
];
