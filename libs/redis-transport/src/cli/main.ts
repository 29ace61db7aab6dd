#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { SET_ASIDE_KINDS, type SetAside, SetAsideItems, type SetAsideKind } from '../set-aside.js';
import type { RedisConnection } from '../transport-options.js';

const USAGE = `redis-transport set-aside list --service <name> [--kind requests|events]
redis-transport set-aside read --service <name> <kind>/<id>…
redis-transport set-aside replay --service <name> <kind>/<id>… | --all [--kind requests|events]

  list    one JSON object a line, without the payload
  read    the same with the payload, whole
  replay  puts requests and events back for the service, and prints which

  --prefix <text>     of the transport's keys; default rpc
  --url <url>         of Redis; default $REDIS_URL, otherwise redis://127.0.0.1:6379
  --cluster           the URL is that of a node of a Cluster
  --sentinels <list>  host:port of the Sentinels, separated by commas; user and password are those of the URL
  --master <name>     that the Sentinels know; default mymaster
`;

const OPTIONS = {
  service: { type: 'string' },
  kind: { type: 'string' },
  prefix: { type: 'string', default: 'rpc' },
  url: { type: 'string', default: process.env['REDIS_URL'] || 'redis://127.0.0.1:6379' },
  cluster: { type: 'boolean', default: false },
  sentinels: { type: 'string' },
  master: { type: 'string', default: 'mymaster' },
  all: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** What the command line asks for wrongly. */
class UsageError extends Error {}

const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

const read = () => {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

function connect({ url, cluster, sentinels, master }: ReturnType<typeof read>['values']): RedisConnection {
  const { hostname, port, username, password, protocol } = new URL(url);
  const tls = protocol === 'rediss:' ? { tls: {} } : {};
  const user = {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...tls,
  };
  if (cluster) return new Cluster([{ host: hostname, port: Number(port || 6379) }], { redisOptions: user });
  // It gives up soon: somebody waits for it.
  const patience = { maxRetriesPerRequest: 3 };
  if (sentinels === undefined) return new Redis(url, patience);
  const nodes = sentinels.split(',').map((node) => {
    const [host = '', sentinelPort = '26379'] = node.split(':');
    return { host, port: Number(sentinelPort) };
  });
  return new Redis({ sentinels: nodes, name: master, ...user, ...patience });
}

function kindOf(text: string): SetAsideKind {
  const kind = SET_ASIDE_KINDS.find((each) => each === text);
  if (kind === undefined) throw new UsageError(`${text} is neither requests nor events`);
  return kind;
}

/** Takes `events/1700000000000-0` apart. */
function reference(text: string): [SetAsideKind, string] {
  const [, kind = '', id = ''] = /^(\w+)\/(\d+-\d+)$/.exec(text) ?? [];
  if (id === '') throw new UsageError(`${text} is not of the form events/<id> or requests/<id>`);
  return [kindOf(kind), id];
}

function described({ payload, kind, id, requestedAt, setAsideAt, ...rest }: SetAside): object {
  return {
    id: `${kind}/${id}`,
    requestedAt: new Date(requestedAt).toISOString(),
    setAsideAt: new Date(setAsideAt).toISOString(),
    ...rest,
    bytes: Buffer.byteLength(payload),
  };
}

/** Performs the command. Returns whether everything that was named was there. */
async function perform(
  items: SetAsideItems,
  [action, ...ids]: string[],
  { all, kind }: { all: boolean; kind?: string | undefined },
): Promise<boolean> {
  const kinds = kind === undefined ? SET_ASIDE_KINDS : [kindOf(kind)];
  const isReplay = action === 'replay';
  if (action === 'list' && ids.length === 0) {
    for (const each of kinds) for await (const item of items.list(each)) print(described(item));
    return true;
  }
  if (action !== 'read' && !isReplay) throw new UsageError('list, read or replay?');
  if (ids.length === 0 && !(all && isReplay)) throw new UsageError('Which?');
  const named = ids.map(reference);
  // All that is there now: what fails again comes back, and is not replayed for ever.
  if (all) for (const each of kinds) for await (const { id } of items.list(each)) named.push([each, id]);
  let isComplete = true;
  for (const [each, id] of named) {
    const done = isReplay ? await replay(items, each, id) : await show(items, each, id);
    isComplete &&= done;
  }
  return isComplete;
}

async function show(items: SetAsideItems, kind: SetAsideKind, id: string): Promise<boolean> {
  const item = await items.read(kind, id);
  if (item === undefined) return notThere(kind, id);
  print({ ...described(item), payload: item.payload });
  return true;
}

async function replay(items: SetAsideItems, kind: SetAsideKind, id: string): Promise<boolean> {
  try {
    if (!(await items.replay(kind, id))) return notThere(kind, id);
    print({ replayed: `${kind}/${id}` });
    return true;
  } catch (error) {
    process.stderr.write(`${kind}/${id}: ${(error as Error).message}\n`);
    return false;
  }
}

function notThere(kind: SetAsideKind, id: string): false {
  process.stderr.write(`${kind}/${id} is not there\n`);
  return false;
}

async function main(): Promise<number> {
  const { values, positionals } = read();
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [subject, ...command] = positionals;
  if (subject !== 'set-aside') throw new UsageError('What is it about? set-aside');
  const { service, prefix } = values;
  if (service === undefined) throw new UsageError('--service is missing');
  const redis = connect(values);
  // Each command reports its own error.
  redis.on('error', () => undefined);
  try {
    return (await perform(new SetAsideItems({ redis, service, prefix }), command, values)) ? 0 : 1;
  } finally {
    redis.disconnect();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n${error instanceof UsageError ? `\n${USAGE}` : ''}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
