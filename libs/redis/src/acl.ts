import {
  ASKING,
  COMMANDS_BEFORE,
  COMMON,
  HEARING,
  HEARING_ONCE,
  OWN_COMMANDS,
  PUBLISHING,
  REPORTING,
  SERVING,
} from './acl-commands.js';

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

/** Who publishes events: each in a stream of its own. */
const PUBLISHERS: readonly RedisUser[] = ['auth', 'users', 'channels'];

/** Whose events each service hears, on every replica or once. */
export const HEARS: Record<
  RedisUser,
  { readonly broadcast: readonly RedisUser[]; readonly once: readonly RedisUser[] }
> = {
  auth: { broadcast: [], once: [] },
  users: { broadcast: [], once: ['auth'] },
  channels: { broadcast: ['auth', 'channels'], once: ['users', 'channels', 'auth'] },
  gateway: { broadcast: ['auth', 'users'], once: [] },
};

/** What each service owns, and the name spaces of the keys that hold it: no other service reads or writes them. */
export const OWNED: Readonly<
  Record<RedisUser, { readonly what: string; readonly spaces: readonly string[] }>
> = {
  auth: { what: 'credentials, sessions, keys and their audit, throttling', spaces: ['auth'] },
  users: { what: 'usernames, directory, presence, contacts', spaces: ['users', 'presence'] },
  channels: { what: 'channels, joined connections, message log', spaces: ['channels'] },
  gateway: { what: 'connections', spaces: ['gateway'] },
};

/** The channels beyond those of the transport that each service publishes to and subscribes to. */
const PUBLISHES: Record<RedisUser, readonly string[]> = {
  auth: [],
  users: [],
  channels: ['channels:*'],
  gateway: ['gateway:*'],
};
const SUBSCRIBES: Record<RedisUser, readonly string[]> = {
  auth: [],
  users: [],
  channels: [],
  gateway: ['channels:*', 'gateway:*'],
};

/**
 * The ACL rules of each service's Redis user and of the operator, without `on` and the password: a list of the commands that
 * it sends, on its own keys, and a selector for each thing that it does with the keys of others. A script runs with the rights of
 * its caller: the command that runs it needs the rights to read and write each key that it names, but what it does with them is checked
 * command by command. So a selector allows only to name the keys of others in a script, and further ones say what a script may do.
 */
export function aclUsers(prefix: string): Record<RedisUser | typeof OPERATOR, string[]> {
  const entries = REDIS_USERS.map((name) => [name, rulesFor(new Names(prefix), name)] as const);
  const services = Object.fromEntries(entries) as Record<RedisUser, string[]>;
  return { ...services, [OPERATOR]: rulesForOperator(new Names(prefix)) };
}

function rulesFor(names: Names, name: RedisUser): string[] {
  const served: string[] = [name, ...OPERATED.filter((service) => service === name).map(operatorsStream)];
  const called = [...CALLS[name], ...(PUBLISHERS.includes(name) ? [name] : [])];
  return [
    ...NOTHING,
    ...allowed([...COMMON, ...SERVING, ...OWN_COMMANDS[name], ...(COMMANDS_BEFORE[name] ?? [])]),
    ...(OWN_COMMANDS[name].length === 0 ? [] : OWNED[name].spaces.map((space) => `~${names.own(space)}`)),
    ...served.flatMap((service) => names.partitions(service).map((partition) => `~${partition}:*`)),
    `~${names.events}:handled:${name}`,
    `~${names.events}:dead:${name}`,
    ...asking(names, CALLS[name], name),
    ...publishing(names, name),
    ...hearing(names, name),
    ...(name === 'gateway' ? reporting(names) : []),
    selector(
      ['publish', 'spublish'],
      [
        ...served.flatMap((service) => names.replies(service, '*').map((channel) => `&${channel}`)),
        ...PUBLISHES[name].map((space) => `&${names.prefix}:${space}`),
      ],
    ),
    selector(
      ['subscribe', 'ssubscribe'],
      [
        ...[...new Set([...called, name])].flatMap((service) =>
          names.replies(service, `${name}.*`).map((channel) => `&${channel}`),
        ),
        ...SUBSCRIBES[name].map((space) => `&${names.prefix}:${space}`),
      ],
    ),
  ];
}

function rulesForOperator(names: Names): string[] {
  const asked = OPERATED.map(operatorsStream);
  const replies = asked.flatMap((service) =>
    names.replies(service, `${OPERATOR}.*`).map((channel) => `&${channel}`),
  );
  return [
    ...NOTHING,
    ...allowed(COMMON),
    ...asking(names, asked, OPERATOR),
    selector(['subscribe', 'ssubscribe'], replies),
  ];
}

/** Appending to the request streams of other services, by the transport's script. None of them is read, and none is deleted. */
function asking(names: Names, services: readonly string[], caller: string): string[] {
  if (services.length === 0) return [];
  const partitions = services.flatMap((service) => names.partitions(service));
  const ofLanes = (name: string) =>
    partitions.flatMap((each) => [`${each}:${name}`, `${each}:${name}:later`]);
  const requests = ofLanes('requests');
  const sent = partitions.map((partition) => `${partition}:sent:${caller}.*`);
  const counts = [...ofLanes('depth'), ...sent].map((key) => `~${key}`);
  const readers = partitions.map((partition) => `${partition}:readers:later`);
  return [
    selector(['eval', 'evalsha'], [...[...requests, ...readers].map((key) => `~${key}`), ...counts]),
    selector(
      ASKING.requests,
      requests.map((key) => `%W~${key}`),
    ),
    selector(ASKING.counts, counts),
    selector(
      ASKING.readers,
      readers.map((key) => `%R~${key}`),
    ),
  ];
}

/** Appending to its own stream of events, and, for one release longer, to the one that all publishers share. */
function publishing(names: Names, name: RedisUser): string[] {
  if (!PUBLISHERS.includes(name)) return [];
  const streams = [`~${names.events}:from:${name}`, `~${names.events}:stream`];
  const sent = `~${names.events}:sent:${name}.*`;
  return [
    selector(['eval', 'evalsha'], [...streams, sent]),
    selector(PUBLISHING.events, streams),
    selector(PUBLISHING.sent, [sent]),
  ];
}

/** Reading the events of others, and, for one release longer, the stream that all publishers share. */
function hearing(names: Names, name: RedisUser): string[] {
  const { broadcast, once } = HEARS[name];
  const heard = [...new Set([...broadcast, ...once])];
  if (heard.length === 0) return [];
  const streamsOf = (publishers: readonly RedisUser[]) => [
    ...publishers.map((publisher) => `${names.events}:from:${publisher}`),
    `${names.events}:stream`,
  ];
  const noted = [`~${names.events}:handled:${name}`, `~${names.events}:dead:${name}`];
  return [
    selector(['eval', 'evalsha'], [...streamsOf(heard).map((key) => `~${key}`), ...noted]),
    ...(broadcast.length === 0
      ? []
      : [
          selector(
            HEARING,
            streamsOf(broadcast).map((key) => `%R~${key}`),
          ),
        ]),
    ...(once.length === 0
      ? []
      : [
          selector(
            HEARING_ONCE,
            streamsOf(once).map((key) => `~${key}`),
          ),
        ]),
  ];
}

/**
 * A gateway has no keys but its reports for the operator's page. It reads those of all services, and removes what replicas have left
 * that ended without a word. The others write theirs among their own keys.
 */
const reporting = (names: Names): string[] => [
  selector(REPORTING.own, [`~${names.prefix}:gateway:status`]),
  selector(
    REPORTING.all,
    REDIS_USERS.map((service) => `~${names.prefix}:${service}:status`),
  ),
];

const NOTHING = ['resetkeys', 'resetchannels', 'clearselectors', '-@all'];

const allowed = (commands: readonly string[]): string[] =>
  [...new Set(commands)].sort().map((command) => `+${command}`);

const selector = (commands: readonly string[], patterns: readonly string[]): string =>
  `(-@all ${[...allowed(commands), ...patterns].join(' ')})`;

class Names {
  readonly rpc: string;
  readonly events: string;

  constructor(readonly prefix: string) {
    this.rpc = `${prefix}:rpc`;
    this.events = `${this.rpc}:{events}`;
  }

  own(space: string): string {
    return `${this.prefix}:${space}:*`;
  }

  /** What the keys and channels of requests to a service begin with: those of its first partition, and of all others. */
  partitions(service: string): string[] {
    return [`${this.rpc}:{${service}}`, `${this.rpc}:{${service}:*}`];
  }

  replies(service: string, client: string): string[] {
    return this.partitions(service).map((partition) => `${partition}:reply:${client}`);
  }
}
