import { freePort } from '@parley/local-stack';
import { Cluster, type ClusterOptions, Redis } from 'ioredis';
import { eventually } from './eventually.js';
import { type OwnRedis, startRedis } from './own-redis.js';

/** A Redis Cluster on this machine that belongs to one test. */
export interface OwnCluster {
  /** The masters, each with its share of the 16,384 slots. */
  readonly nodes: OwnRedis[];
  /** One for each master, in the same order, if replicas were asked for. */
  readonly replicas: OwnRedis[];
  /** A new client. The caller closes it. */
  connect(options?: ClusterOptions): Cluster;
  remove(): Promise<void>;
}

interface ClusterNode {
  redis: OwnRedis;
  busPort: number;
}

const slots = 16_384;

/**
 * Starts a Cluster of `masters` nodes and resolves when every node reports it complete. With `replicas`, each master
 * has one, which replaces it 2 to 4 s after the master has gone.
 */
export async function startCluster({
  masters = 3,
  replicas = false,
}: {
  masters?: number;
  replicas?: boolean;
} = {}): Promise<OwnCluster> {
  const count = replicas ? 2 * masters : masters;
  const nodes = await Promise.all(Array.from({ length: count }, startNode));
  const remove = async () => void (await Promise.all(nodes.map(({ redis }) => redis.remove())));
  try {
    await join(nodes, masters);
  } catch (error) {
    await remove();
    throw error;
  }
  const servers = nodes.map(({ redis }) => redis);
  const addresses = servers.map(({ port }) => ({ host: '127.0.0.1', port }));
  return {
    nodes: servers.slice(0, masters),
    replicas: servers.slice(masters),
    connect: (options = {}) => new Cluster(addresses, options),
    remove,
  };
}

async function startNode(): Promise<ClusterNode> {
  // By default the bus port is the port + 10,000, which may exceed 65,535.
  const busPort = await freePort();
  const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  // Without this delay, a replica's first copy begins at once.
  const args = [...cluster, '--cluster-port', String(busPort), '--repl-diskless-sync-delay', '0'];
  return { redis: await startRedis({ args }), busPort };
}

/** The first `masters` nodes get the slots. Each of the others becomes a replica of one of them. */
async function join(nodes: ClusterNode[], masters: number): Promise<void> {
  const clients = nodes.map(({ redis }) => new Redis(redis.url));
  try {
    const share = Math.ceil(slots / masters);
    for (const [index, client] of clients.entries()) {
      const first = index * share;
      if (index < masters) {
        await client.call('CLUSTER', 'ADDSLOTSRANGE', first, Math.min(first + share, slots) - 1);
      }
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1); // otherwise they first resolve conflicting epochs
    }
    for (const { redis, busPort } of nodes.slice(1)) {
      await clients[0]!.call('CLUSTER', 'MEET', '127.0.0.1', redis.port, busPort);
    }
    await Promise.all(clients.map((client) => eventually(() => complete(client, masters), joined)));
    await Promise.all(clients.slice(masters).map((client, index) => replicate(client, clients[index]!)));
  } finally {
    for (const client of clients) client.disconnect();
  }
}

/** Resolves when the replica has its master's data. */
async function replicate(replica: Redis, master: Redis): Promise<void> {
  const id = (await master.call('CLUSTER', 'MYID')) as string;
  await eventually(() => replica.call('CLUSTER', 'REPLICATE', id), joined); // refused until it knows the master
  await eventually(async () => (await replica.info('replication')).includes('master_link_status:up'), joined);
}

const joined = { timeoutMs: 20_000 };

async function complete(client: Redis, masters: number): Promise<boolean> {
  const state = (await client.call('CLUSTER', 'INFO')) as string;
  return state.includes('cluster_state:ok') && state.includes(`cluster_size:${masters}\r`);
}
