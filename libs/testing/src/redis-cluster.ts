import { freePort } from '@parley/local-stack';
import { Cluster, type ClusterOptions, Redis } from 'ioredis';
import { eventually } from './eventually.js';
import { type OwnRedis, startRedis } from './own-redis.js';

/** A Redis Cluster on this machine that belongs to one test. */
export interface OwnCluster {
  /** Each a master with its share of the 16,384 slots. */
  readonly nodes: OwnRedis[];
  /** A new client; whoever asks for it closes it. */
  connect(options?: ClusterOptions): Cluster;
  remove(): Promise<void>;
}

interface ClusterNode {
  redis: OwnRedis;
  busPort: number;
}

const slots = 16_384;

/** Starts a Cluster of `masters` nodes without replicas and resolves when every node finds it complete. */
export async function startCluster({ masters = 3 }: { masters?: number } = {}): Promise<OwnCluster> {
  const nodes = await Promise.all(Array.from({ length: masters }, startNode));
  const remove = async () => void (await Promise.all(nodes.map(({ redis }) => redis.remove())));
  try {
    await join(nodes);
  } catch (error) {
    await remove();
    throw error;
  }
  const addresses = nodes.map(({ redis }) => ({ host: '127.0.0.1', port: redis.port }));
  return {
    nodes: nodes.map(({ redis }) => redis),
    connect: (options = {}) => new Cluster(addresses, options),
    remove,
  };
}

async function startNode(): Promise<ClusterNode> {
  // By default the bus has the port + 10,000, which may lie beyond 65,535.
  const busPort = await freePort();
  const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const redis = await startRedis({ args: [...cluster, '--cluster-port', String(busPort)] });
  return { redis, busPort };
}

async function join(nodes: ClusterNode[]): Promise<void> {
  const clients = nodes.map(({ redis }) => new Redis(redis.url));
  try {
    const share = Math.ceil(slots / nodes.length);
    for (const [index, client] of clients.entries()) {
      const last = Math.min((index + 1) * share, slots) - 1;
      await client.call('CLUSTER', 'ADDSLOTSRANGE', index * share, last);
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1); // else they quarrel about it first
    }
    for (const { redis, busPort } of nodes.slice(1)) {
      await clients[0]!.call('CLUSTER', 'MEET', '127.0.0.1', redis.port, busPort);
    }
    await Promise.all(clients.map((client) => eventually(() => complete(client, nodes.length), joined)));
  } finally {
    for (const client of clients) client.disconnect();
  }
}

const joined = { timeoutMs: 20_000 };

async function complete(client: Redis, masters: number): Promise<boolean> {
  const state = (await client.call('CLUSTER', 'INFO')) as string;
  return state.includes('cluster_state:ok') && state.includes(`cluster_size:${masters}\r`);
}
