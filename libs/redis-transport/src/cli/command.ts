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

/** Where the command writes its lines: what was asked for, and what went wrong. */
export interface CommandOutput {
  out: (line: string) => void;
  err: (line: string) => void;
}

const read = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
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
  const [, kind = '', id = ''] = /^(\w+)\/(\d+-\d+(?:@\d{1,2})?)$/.exec(text) ?? [];
  if (id === '') throw new UsageError(`${text} is not of the form events/<id> or requests/<id>`);
  return [kindOf(kind), id];
}

/** A date that an entry of nobody's making may state as anything. */
function dateOf(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function described({ payload, kind, id, requestedAt, setAsideAt, ...rest }: SetAside): object {
  return {
    id: `${kind}/${id}`,
    requestedAt: dateOf(requestedAt),
    setAsideAt: dateOf(setAsideAt),
    ...rest,
    bytes: Buffer.byteLength(payload),
  };
}

/** Performs a command on what is set aside. Each step returns whether what was named was there. */
class SetAsideCommand {
  constructor(
    private readonly items: SetAsideItems,
    private readonly output: CommandOutput,
  ) {}

  async perform(
    [action, ...ids]: readonly string[],
    { all, kind }: { all: boolean; kind?: string | undefined },
  ): Promise<boolean> {
    const kinds = kind === undefined ? SET_ASIDE_KINDS : [kindOf(kind)];
    const isReplay = action === 'replay';
    if (action === 'list' && ids.length === 0) return this.list(kinds);
    if (action !== 'read' && !isReplay) throw new UsageError('list, read or replay?');
    if (ids.length === 0 && !(all && isReplay)) throw new UsageError('Which?');
    const named = ids.map(reference);
    // All that is there now: what fails again comes back, and is not replayed for ever.
    if (all)
      for (const each of kinds) for await (const { id } of this.items.list(each)) named.push([each, id]);
    let isComplete = true;
    for (const [each, id] of named) {
      const done = await (isReplay ? this.replay(each, id) : this.read(each, id));
      isComplete &&= done;
    }
    return isComplete;
  }

  private async list(kinds: readonly SetAsideKind[]): Promise<boolean> {
    for (const kind of kinds) for await (const item of this.items.list(kind)) this.print(described(item));
    return true;
  }

  private async read(kind: SetAsideKind, id: string): Promise<boolean> {
    const item = await this.items.read(kind, id);
    if (item === undefined) return this.fail(kind, id, 'is not there');
    this.print({ ...described(item), payload: item.payload });
    return true;
  }

  private async replay(kind: SetAsideKind, id: string): Promise<boolean> {
    try {
      if (!(await this.items.replay(kind, id))) return this.fail(kind, id, 'is not there');
    } catch (error) {
      return this.fail(kind, id, `was not replayed: ${(error as Error).message}`);
    }
    this.print({ replayed: `${kind}/${id}` });
    return true;
  }

  private print(value: object): void {
    this.output.out(JSON.stringify(value));
  }

  private fail(kind: SetAsideKind, id: string, why: string): false {
    this.output.err(`${kind}/${id} ${why}`);
    return false;
  }
}

async function perform(args: readonly string[], output: CommandOutput): Promise<number> {
  const { values, positionals } = read(args);
  if (values.help) {
    output.out(USAGE);
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
    const items = new SetAsideItems({ redis, service, prefix });
    return (await new SetAsideCommand(items, output).perform(command, values)) ? 0 : 1;
  } finally {
    redis.disconnect();
  }
}

/** Runs the command line. Returns the exit code: 1 if something failed or was not there, 2 for wrong usage. */
export async function runCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  try {
    return await perform(args, output);
  } catch (error) {
    output.err((error as Error).message);
    if (!(error instanceof UsageError)) return 1;
    output.err(`\n${USAGE}`);
    return 2;
  }
}
