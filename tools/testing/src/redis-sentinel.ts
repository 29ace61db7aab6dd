import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { eventually } from './eventually.js';
import { type OwnRedis, startRedis, startWith } from './own-redis.js';

/** A master, its replica and one Sentinel that fails over between them. They belong to one test. */
export interface OwnSentinel {
  /** The master's name for clients. */
  readonly name: string;
  readonly sentinels: { host: string; port: number }[];
  /** The first master. When it ends, the replica becomes the master within about two seconds. */
  readonly master: OwnRedis;
  readonly replica: OwnRedis;
  readonly sentinel: OwnRedis;
  /** A new client of the current master. The caller closes it. */
  connect(options?: RedisOptions): Redis;
  remove(): Promise<void>;
}

const name = 'parley';

/** Starts the three processes and resolves when the Sentinel can fail over. */
export async function startSentinel(): Promise<OwnSentinel> {
  // Without this delay, the replica's first copy begins at once.
  const master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
  const sentinel = await startWith((place) => sentinelArguments(place, master.port));
  const sentinels = [{ host: '127.0.0.1', port: sentinel.port }];
  await eventually(() => knowsReplica(sentinel), { timeoutMs: 20_000 });
  return {
    name,
    sentinels,
    master,
    replica,
    sentinel,
    connect: (options = {}) => new Redis({ ...options, sentinels, name }),
    remove: async () => void (await Promise.all([sentinel, replica, master].map((redis) => redis.remove()))),
  };
}

/** A Sentinel stores what it learns in its configuration file. */
async function sentinelArguments(
  place: { port: number; folder: string },
  masterPort: number,
): Promise<string[]> {
  const file = join(place.folder, 'sentinel.conf');
  const lines = [
    `port ${place.port}`,
    'bind 127.0.0.1',
    `dir ${place.folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${masterPort} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 2000`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return [file, '--sentinel'];
}

async function knowsReplica(sentinel: OwnRedis): Promise<boolean> {
  const client = new Redis(sentinel.url);
  try {
    const replicas = (await client.call('SENTINEL', 'REPLICAS', name)) as string[][];
    return replicas.some((fields) => fields[fields.indexOf('master-link-status') + 1] === 'ok');
  } finally {
    client.disconnect();
  }
}
