import { eventually, type OwnCluster, type OwnRedis } from '@parley/testing';
import { Redis } from 'ioredis';

const SLOTS = 16_384;
/** Keys per MIGRATE, and its timeout in ms: as in `redis-cli --cluster reshard`, with more keys at a time. */
const KEYS_AT_ONCE = 100;
const MIGRATE_TIMEOUT_MS = 10_000;
/** Every subscription must have moved with its slot within this time, in ms. */
const FOLLOWED_MS = 10_000;

/** What is in use on a master. */
interface Holding {
  /** Slots with keys or subscriptions, in order. */
  readonly slots: readonly number[];
  /** Subscribers of each channel of sharded pub/sub. */
  readonly subscribers: ReadonlyMap<string, number>;
}

/** Moves slots between the masters of a Cluster in use, by the steps of `redis-cli --cluster reshard`. */
export class Resharding {
  private readonly clients: readonly Redis[];

  constructor(private readonly masters: OwnCluster['nodes']) {
    this.clients = masters.map(({ url }) => new Redis(url));
  }

  close(): void {
    for (const client of this.clients) client.disconnect();
  }

  /** The index of the master that holds a key. */
  async masterOf(key: string): Promise<number> {
    const [any] = this.clients;
    const slot = (await any!.call('CLUSTER', 'KEYSLOT', key)) as number;
    const ranges = (await any!.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
    const range = ranges.find(([first, last]) => slot >= first && slot <= last)!;
    return this.masters.findIndex(({ port }) => port === range[2][1]);
  }

  /** Moves everything in use from one master to another, slot by slot. @returns what was moved. */
  async moveAll(from: number, to: number): Promise<Holding> {
    const holding = await this.holdingOf(from);
    for (const slot of holding.slots) await this.move(slot, from, to);
    return holding;
  }

  /** Resolves when a master has the subscribers that another one had. @throws Error when some did not move. */
  async followed({ subscribers }: Holding, to: number): Promise<void> {
    const all = async () => {
      const now = await subscribersAt(this.clients[to]!);
      return [...subscribers].every(([channel, count]) => (now.get(channel) ?? 0) >= count);
    };
    await eventually(all, { timeoutMs: FOLLOWED_MS });
  }

  private async holdingOf(master: number): Promise<Holding> {
    const client = this.clients[master]!;
    const subscribers = await subscribersAt(client);
    const channels = [...subscribers.keys()];
    const ofChannels = await each<number>(client, channels, (channel) => ['KEYSLOT', channel]);
    const all = Array.from({ length: SLOTS }, (_, slot) => slot);
    const keys = await each<number>(client, all, (slot) => ['COUNTKEYSINSLOT', slot]);
    const slots = all.filter((slot) => keys[slot]! > 0 || ofChannels.includes(slot));
    return { slots, subscribers };
  }

  private async move(slot: number, from: number, to: number): Promise<void> {
    const [source, target] = [this.clients[from]!, this.clients[to]!];
    const [sourceId, targetId] = await Promise.all(
      [source, target].map((node) => node.call('CLUSTER', 'MYID')),
    );
    await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId as string);
    await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId as string);
    await migrate(slot, source, this.masters[to]!);
    // The new owner first: a slot must have an owner at every moment.
    for (const node of new Set([target, source, ...this.clients])) {
      await node.call('CLUSTER', 'SETSLOT', slot, 'NODE', targetId as string);
    }
  }
}

async function migrate(slot: number, source: Redis, { port }: OwnRedis): Promise<void> {
  for (;;) {
    const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, KEYS_AT_ONCE)) as string[];
    if (keys.length === 0) return;
    await source.call('MIGRATE', '127.0.0.1', port, '', 0, MIGRATE_TIMEOUT_MS, 'KEYS', ...keys);
  }
}

async function subscribersAt(client: Redis): Promise<Map<string, number>> {
  const channels = (await client.call('PUBSUB', 'SHARDCHANNELS')) as string[];
  const counts = (await client.call('PUBSUB', 'SHARDNUMSUB', ...channels)) as (string | number)[];
  return new Map(channels.map((channel, index) => [channel, Number(counts[2 * index + 1])]));
}

async function each<T>(
  client: Redis,
  items: readonly (string | number)[],
  command: (item: string | number) => (string | number)[],
): Promise<T[]> {
  const pipeline = client.pipeline();
  for (const item of items) pipeline.call('CLUSTER', ...command(item).map(String));
  return (await pipeline.exec())!.map(([error, value]) => {
    if (error) throw error;
    return value as T;
  });
}
